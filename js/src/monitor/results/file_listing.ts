/** The list of a job's files, and which of them are ticked. */
import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { newId } from "../../kernel/id";
import { BUSY_ASKED } from "../../kernel/liveness";
import type { MonitorSync } from "../monitor_sync";
import type { Files } from "./contract";

export interface FileListing {
  /** null until it was read. */
  files: ReadonlySignal<Files | null>;
  isReading: ReadonlySignal<boolean>;
  ticked: ReadonlySignal<ReadonlySet<string>>;
  read(): Promise<void>;
  tick(name: string): void;
}

/** @param notice where it is said what went wrong */
export function createFileListing(
  sync: MonitorSync,
  key: string,
  notice: Signal<string>,
): FileListing {
  const files = signal<Files | null>(null);
  const isReading = signal(false);
  const ticked = signal<ReadonlySet<string>>(new Set());
  return {
    files,
    isReading,
    ticked,
    read: async () => {
      if (isReading.value) return;
      isReading.value = true;
      const answer = await sync.ask({ kind: "files", id: newId(), key }, () => {
        notice.value = BUSY_ASKED;
      });
      isReading.value = false;
      notice.value = answer.kind === "reply" ? answer.message : "";
      if (answer.kind !== "files") return;
      // What could be listed before is worth more than an empty list.
      files.value = answer.error && files.value ? { ...files.value, error: answer.error } : answer;
    },
    tick: (name) => {
      const next = new Set(ticked.value);
      if (!next.delete(name)) next.add(name);
      ticked.value = next;
    },
  };
}
