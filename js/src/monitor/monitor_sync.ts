/** The monitor's traits and messages (contract.ts). */
import type { AnyModel } from "@anywidget/types";
import { createSync, type Sync } from "../kernel/sync";
import type { Choosing, Message, MonitorTraits, Request } from "./contract";

const EMPTY: MonitorTraits = {
  hpc: "",
  project: "",
  selected: "",
  connection: { label: "", user: "", state: "unknown", message: "" },
  quotas: {},
  systems: [],
  condition: { state: "loading", message: "", checked: "", failed: [] },
  saved: { at: "", rows: [] },
  known_at: "",
  saved_as: "",
  saved_bundle: {},
};

export type MonitorSync = Sync<MonitorTraits, keyof Choosing, Request, Message>;

export function createMonitorSync(model: AnyModel<MonitorTraits>): MonitorSync {
  return createSync<MonitorTraits, keyof Choosing, Request, Message>(model, {
    empty: EMPTY,
    edited: ["hpc", "project", "selected"],
    kinds: [
      "hello",
      "reply",
      "rows",
      "changed",
      "details",
      "log",
      "log_changed",
      "files",
      "downloading",
      "downloaded",
      "unpacked",
      "preview",
    ],
  });
}
