/** One monitor: what it shows, what can be done with it, and where its elements are. */
import {
  computed,
  effect,
  type ReadonlySignal,
  type Signal,
  signal,
  untracked,
} from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { newId } from "../kernel/id";
import { BUSY_ASKED, watchLiveness } from "../kernel/liveness";
import { watchPresence } from "../kernel/presence";
import type { Synced } from "../kernel/traits";
import { createNotices, type Notices } from "../page/notification";
import { createSurface, type Surface } from "../page/surface";
import { readMoment } from "../text/dates";
import type { Request, Traits } from "./contract";
import { createJobRows, type JobRows } from "./job_rows";
import type { MonitorSync } from "./monitor_sync";
import type { OpenJob } from "./open_job";
import { createOpening } from "./opening";
import { type Entry, outcomeOf } from "./rows";
import { createTable, type Table } from "./table";

export interface Monitor extends Surface {
  traits: Synced<Traits>;
  /** A kernel answers: what is asked of it gets done. */
  isLive: ReadonlySignal<boolean>;
  jobs: JobRows;
  table: Table;
  /** The job whose details are shown. */
  open: ReadonlySignal<OpenJob | null>;
  notices: Notices;
  /** When what is shown was last known to be true, ISO 8601; "" where that is not known. */
  knownAt: ReadonlySignal<string>;
  /** Milliseconds since 1970, each second. */
  now: ReadonlySignal<number>;
  /** The same, but where nothing new comes, when what is shown was true. */
  asOf: ReadonlySignal<number>;
  /** One line: what went wrong with a refresh, and with a token. */
  notice: Signal<string>;
  tokenNotice: Signal<string>;
  isRefreshing: ReadonlySignal<boolean>;
  refresh(): Promise<void>;
  /** Drop the rows, where their service has gone. */
  forget(): void;
  useToken(token: string): Promise<void>;
  /** What is shown of all jobs. */
  choose(changes: Partial<Pick<Traits, "hpc" | "project">>): void;
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
  const jobs = createJobRows(sync, onEnd);
  const isLive = computed(() => liveness.value === "live" || liveness.value === "busy");
  const stopPresence = watchPresence(sync.heart, () => !surface.isShut.peek());
  const notices = createNotices();
  const opening = createOpening(sync, surface, jobs, isLive);
  const now = signal(Date.now());
  // Rows are saved as they change, and true as often as the lists are read.
  const knownAt = computed(() => latest(traits.saved.value.at, traits.condition.value.checked));
  const asOf = computed(() => {
    const { state, checked } = traits.condition.value;
    const isOld = isLive.value && state === "old";
    const at = isOld ? checked : isLive.value ? "" : knownAt.value;
    return readMoment(at)?.getTime() ?? now.value;
  });
  const notice = signal("");
  const tokenNotice = signal("");
  const isRefreshing = signal(false);

  sync.onPush(jobs.take);
  const clock = setInterval(() => {
    now.value = Date.now();
  }, 1000);
  const stopReading = effect(() => {
    if (isLive.value) untracked(jobs.read);
  });

  function onEnd({ row, title }: Entry) {
    const words = [row.system, row.meaning || row.stage].filter(Boolean).join(" · ");
    notices.tell({ job: row.job_id, title, word: outcomeOf(row), words });
  }

  /** Resolves with what is wrong, or "". */
  async function request(content: Request, notify: (words: string) => void): Promise<void> {
    notify("");
    const answer = await sync.ask(content, () => notify(BUSY_ASKED));
    notify(answer.kind === "reply" && !answer.ok ? answer.message : "");
  }

  async function refresh() {
    if (isRefreshing.value) return;
    isRefreshing.value = true;
    await request({ kind: "refresh", id: newId() }, (words) => {
      notice.value = words;
    });
    isRefreshing.value = false;
  }

  function forget() {
    request({ kind: "forget", id: newId() }, (words) => {
      notice.value = words;
    });
  }

  function select(key: string) {
    if (!isLive.value || key === traits.selected.value) return;
    sync.edit({ selected: key });
    const title = jobs.of(key)?.title;
    if (key) surface.announce(`Details of ${title || "the job"} are shown below the table.`);
  }

  return {
    ...surface,
    traits,
    isLive,
    jobs,
    table: createTable(sync, jobs, isLive),
    open: opening.job,
    notices,
    now,
    knownAt,
    asOf,
    notice,
    tokenNotice,
    isRefreshing,
    refresh,
    forget,
    useToken: (token) =>
      request({ kind: "token", id: newId(), token }, (words) => {
        tokenNotice.value = words;
      }),
    choose: (changes) => sync.edit(changes),
    select,
    stop: () => {
      clearInterval(clock);
      stopReading();
      opening.stop();
      stopWatch();
      stopPresence();
    },
  };
}

function latest(one: string, other: string): string {
  const time = (moment: string) => readMoment(moment)?.getTime() ?? Number.NEGATIVE_INFINITY;
  return time(one) < time(other) ? other : one;
}
