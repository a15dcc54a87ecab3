/** What the job that is open has printed, as it is followed. */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { newId } from "../kernel/id";
import { BUSY_ASKED } from "../kernel/liveness";
import type { Log, LogChanged, Message, Stream } from "./contract";
import type { MonitorSync } from "./monitor_sync";

/** Lines that are shown at first. */
export const LAST_LINES = 1_000;

export interface Output {
  stream: ReadonlySignal<Stream>;
  /** The last look at the stream; null before the first. */
  log: ReadonlySignal<Log | null>;
  isReading: ReadonlySignal<boolean>;
  /** Why there is nothing new to show. */
  notice: ReadonlySignal<string>;
  wraps: Signal<boolean>;
  choose(stream: Stream): void;
  showAll(): void;
  /** Read it, and go on while the job runs. */
  start(): void;
  /** It is out of sight. */
  leave(): void;
  take(message: Message): void;
}

export function createOutput(sync: MonitorSync, key: string, first: Stream): Output {
  const stream = signal(first);
  const logs = createLogs(sync, key, stream, () => start());
  const { isReading, notice, start, drop, whole } = createReading(sync, key, stream, logs);
  return {
    ...{ stream, log: logs.log, isReading, notice, wraps: signal(true), start },
    choose: (next) => {
      if (next === stream.value) return;
      stream.value = next;
      start();
    },
    showAll: () => {
      whole.add(stream.value);
      start();
    },
    leave: () => {
      drop();
      logs.end();
    },
    take: (message) => logs.take(message, isReading.value),
  };
}

/** Asks for the stream that is shown: its last lines, or the whole of it. */
function createReading(
  sync: MonitorSync,
  key: string,
  stream: ReadonlySignal<Stream>,
  logs: Pick<Logs, "begin" | "show">,
) {
  const isReading = signal(false);
  const notice = signal("");
  const whole = new Set<Stream>();
  let last = "";

  async function start() {
    const id = newId();
    last = id;
    logs.begin();
    isReading.value = true;
    notice.value = "";
    const asked = { stream: stream.value, lines: LAST_LINES, whole: whole.has(stream.value) };
    const answer = await sync.ask({ kind: "log", id, key, ...asked }, () => {
      if (last === id) notice.value = BUSY_ASKED;
    });
    if (last !== id) return; // another stream is looked at
    isReading.value = false;
    notice.value = answer.kind === "reply" ? answer.message : "";
    if (answer.kind === "log") logs.show(answer);
  }

  function drop() {
    last = "";
  }

  return { isReading, notice, start, drop, whole };
}

type Logs = ReturnType<typeof createLogs>;

/**
 * What is known of both streams.
 *
 * @param onGap called where some of the shown stream was missed
 */
function createLogs(
  sync: MonitorSync,
  key: string,
  stream: ReadonlySignal<Stream>,
  onGap: () => void,
) {
  const logs = signal<Partial<Record<Stream, Log>>>({});
  let isFollowing = false;

  function show(news: Log) {
    if (news.is_final) isFollowing = false;
    logs.value = { ...logs.value, [news.stream]: news };
  }

  function take(news: Message, isReading: boolean) {
    if (news.kind !== "log_changed" || news.key !== key || !isFollowing) return;
    const known = logs.value[news.stream];
    if (known && known.revision + 1 === news.revision) show(changed(known, news));
    else if (news.stream === stream.value && !isReading) onGap();
  }

  return {
    log: computed(() => logs.value[stream.value] ?? null),
    show,
    take,
    begin: () => {
      isFollowing = true;
    },
    end: () => {
      if (isFollowing) sync.ask({ kind: "unfollow", id: newId(), key });
      isFollowing = false;
    },
  };
}

function changed(known: Log, { kept, ...news }: LogChanged): Log {
  const from = news.at - known.at;
  const before = kept > 0 ? known.lines.slice(from, from + kept) : [];
  return { ...news, kind: "log", lines: [...before, ...news.lines] };
}
