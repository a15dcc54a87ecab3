/** A file of a job, looked at in place. */
import { type ReadonlySignal, signal } from "@preact/signals";
import { newId } from "../../kernel/id";
import { BUSY_ASKED } from "../../kernel/liveness";
import type { MonitorSync } from "../monitor_sync";
import type { Preview } from "./contract";

/** What is looked at. */
export interface Shown {
  name: string;
  /** null while it is on its way. */
  preview: Preview | null;
  problem: string;
}

export interface Previewing {
  shown: ReadonlySignal<Shown | null>;
  show(name: string): Promise<void>;
  hide(): void;
}

export function createPreviewing(sync: MonitorSync, key: string): Previewing {
  const shown = signal<Shown | null>(null);
  let last = "";
  return {
    shown,
    show: async (name) => {
      const id = newId();
      last = id;
      const tell = (preview: Preview | null, problem: string) => {
        if (last === id) shown.value = { name, preview, problem };
      };
      tell(null, "");
      const busy = () => tell(null, BUSY_ASKED);
      const answer = await sync.ask({ kind: "preview", id, key, name }, busy);
      if (answer.kind === "preview") tell(answer, answer.error);
      else tell(null, answer.kind === "reply" ? answer.message : "");
    },
    hide: () => {
      last = "";
      shown.value = null;
    },
  };
}
