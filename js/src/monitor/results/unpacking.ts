/** Archives among a job's files, unpacked where they are. */
import { type ReadonlySignal, signal } from "@preact/signals";
import { newId } from "../../kernel/id";
import { BUSY_ASKED } from "../../kernel/liveness";
import { writeBytes, writeCount } from "../../text/quantities";
import type { MonitorSync } from "../monitor_sync";
import type { Unpacked } from "./contract";

export interface Unpacking {
  /** What became of unpacking, by the archive's name. */
  unpacked: ReadonlySignal<Readonly<Record<string, string>>>;
  unpack(name: string): Promise<void>;
}

/** @param announce says words aloud, once */
export function createUnpacking(
  sync: MonitorSync,
  key: string,
  announce: (words: string) => void,
): Unpacking {
  const unpacked = signal<Readonly<Record<string, string>>>({});
  return {
    unpacked,
    unpack: async (name) => {
      const say = (words: string) => {
        unpacked.value = { ...unpacked.value, [name]: words };
      };
      say("Unpacking…");
      const answer = await sync.ask({ kind: "unpack", id: newId(), key, name }, () =>
        say(BUSY_ASKED),
      );
      if (answer.kind === "reply") say(answer.message);
      if (answer.kind !== "unpacked") return;
      say(answer.error || wordsOf(answer));
      announce(unpacked.value[name] ?? "");
    },
  };
}

function wordsOf({ files, size, folder, note }: Unpacked): string {
  return `Unpacked ${writeCount(files, "file")}, ${writeBytes(size)}, into ${folder}. ${note}`.trim();
}
