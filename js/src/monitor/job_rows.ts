/** All jobs as Python tells them: at first all, then what has changed. */
import { type ReadonlySignal, signal } from "@preact/signals";
import { newId } from "../kernel/id";
import type { Changed, Message, Rows } from "./contract";
import type { MonitorSync } from "./monitor_sync";
import { type Entry, entryOf } from "./rows";

export interface JobRows {
  /** null until they were read. */
  entries: ReadonlySignal<readonly Entry[] | null>;
  /** Why they could not be read, or "". */
  problem: ReadonlySignal<string>;
  /** undefined where there is no such row. */
  of(key: string): Entry | undefined;
  /** Ask for all. */
  read(): void;
  take(message: Message): void;
}

/** @param onEnd called with each job that is over, and was not when it was last told of */
export function createJobRows(sync: MonitorSync, onEnd: (entry: Entry) => void): JobRows {
  const problem = signal("");
  const { entries, of, replace, follow } = createEntries(onEnd, read);
  let isReading = false;
  /** What came while all rows were on their way, and may be newer than they are. */
  let early: Changed[] = [];

  async function read() {
    if (isReading) return;
    isReading = true;
    early = [];
    const answer = await sync.ask({ kind: "rows", id: newId() });
    isReading = false;
    problem.value = answer.kind === "reply" ? answer.message : "";
    if (answer.kind !== "rows") return;
    replace(answer);
    for (const change of early.splice(0)) follow(change);
  }

  return {
    ...{ entries, problem, of, read },
    take: (message) => {
      if (message.kind !== "changed") return;
      if (isReading) early.push(message);
      else if (entries.value) follow(message);
    },
  };
}

/**
 * The rows as far as they are known.
 *
 * @param onGap called where a change was missed
 */
function createEntries(onEnd: (entry: Entry) => void, onGap: () => void) {
  const entries = signal<readonly Entry[] | null>(null);
  let byKey = new Map<string, Entry>();
  let revision = 0;

  function tell(before: Entry | undefined, entry: Entry) {
    if (before && !before.row.is_over && entry.row.is_over) onEnd(entry);
  }

  return {
    entries,
    of: (key: string) => {
      entries.value; // whoever asks is told of changes
      return byKey.get(key);
    },
    replace: (all: Rows) => {
      const before = byKey;
      byKey = new Map(all.rows.map((row) => [row.key, entryOf(row)]));
      revision = all.revision;
      for (const entry of byKey.values()) tell(before.get(entry.row.key), entry);
      entries.value = [...byKey.values()];
    },
    follow: (change: Changed) => {
      if (change.revision <= revision) return;
      if (change.revision > revision + 1) return onGap();
      revision = change.revision;
      for (const key of change.gone) byKey.delete(key);
      for (const row of change.rows) {
        const before = byKey.get(row.key);
        const entry = entryOf(row);
        byKey.set(row.key, entry);
        tell(before, entry);
      }
      entries.value = [...byKey.values()];
    },
  };
}
