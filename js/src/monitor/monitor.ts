/** One monitor: what it shows, what can be done with it, and where its elements are. */
import { computed, effect, type ReadonlySignal, untracked } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { watchLiveness } from "../kernel/liveness";
import { watchPresence } from "../kernel/presence";
import type { Synced } from "../kernel/traits";
import { createNotices, type Notices } from "../page/notification";
import { createSurface, type Surface } from "../page/surface";
import { type Clock, createClock } from "./clock";
import { type Commands, createCommands } from "./commands";
import type { MonitorTraits } from "./contract";
import { createJobRows, type JobRows } from "./job_rows";
import type { MonitorSync } from "./monitor_sync";
import type { OpenJob } from "./open_job";
import { createOpening } from "./opening";
import { type Entry, outcomeOf } from "./rows";
import { createTable, type Table } from "./table";

export interface Monitor extends Surface, Clock, Commands {
  traits: Synced<MonitorTraits>;
  /** A kernel answers: what is asked of it gets done. */
  isLive: ReadonlySignal<boolean>;
  jobs: JobRows;
  table: Table;
  /** The job whose details are shown. */
  open: ReadonlySignal<OpenJob | null>;
  notices: Notices;
  /** What is shown of all jobs. */
  choose(changes: Partial<Pick<MonitorTraits, "hpc" | "project">>): void;
  /** Show a job's details; "" shows none. */
  select(key: string): void;
  stop(): void;
}

const Context = createContext<Monitor | null>(null);
export const MonitorProvider = Context.Provider;

export function useMonitor(): Monitor {
  const monitor = useContext(Context);
  if (monitor === null) throw new Error("There is no monitor around this component.");
  return monitor;
}

export function createMonitor(sync: MonitorSync): Monitor {
  const { traits } = sync;
  const { liveness, stop: stopWatch } = watchLiveness(sync.heart);
  const surface = createSurface(liveness);
  const notices = createNotices();
  const jobs = createJobRows(sync, (ended) => tell(ended, notices));
  const isLive = computed(() => liveness.value === "live" || liveness.value === "busy");
  const stopPresence = watchPresence(sync.heart, () => !surface.isShut.peek());
  const opening = createOpening(sync, surface, jobs, isLive);
  const clock = createClock(traits, isLive);
  sync.onPush(jobs.take);
  const stopReading = effect(() => {
    if (isLive.value) untracked(jobs.read);
  });
  return {
    ...surface,
    ...clock,
    ...createCommands(sync),
    ...{ traits, isLive, jobs, notices },
    table: createTable(sync, jobs, isLive),
    open: opening.job,
    choose: (changes) => sync.edit(changes),
    select: (key) => {
      if (!isLive.value || key === traits.selected.value) return;
      sync.edit({ selected: key });
      const title = jobs.of(key)?.title;
      if (key) surface.announce(`Details of ${title || "the job"} are shown below the table.`);
    },
    stop: () => {
      clock.stop();
      stopReading();
      opening.stop();
      stopWatch();
      stopPresence();
    },
  };
}

/** A job has ended. */
function tell({ row, title }: Entry, notices: Notices) {
  const words = [row.system, row.meaning || row.stage].filter(Boolean).join(" · ");
  notices.tell({ job: row.job_id, title, word: outcomeOf(row), words });
}
