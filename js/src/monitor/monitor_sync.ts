/** The monitor's traits and messages (contract.ts). */
import type { AnyModel } from "@anywidget/types";
import { createSync, type Sync } from "../kernel/sync";
import type { Choosing, Message, Request, Traits } from "./contract";

const EMPTY: Traits = {
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

export type MonitorSync = Sync<Traits, keyof Choosing, Request, Message>;

export function createMonitorSync(model: AnyModel<Traits>): MonitorSync {
  return createSync<Traits, keyof Choosing, Request, Message>(model, {
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
