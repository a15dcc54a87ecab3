/** The files of the job that is open: listed, fetched, unpacked, looked at. */
import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { newId } from "../kernel/id";
import { BUSY_ASKED } from "../kernel/liveness";
import { writeBytes } from "../text/quantities";
import type { Downloaded, Downloading, Files, Message, Preview } from "./contract";
import type { MonitorSync } from "./monitor_sync";

/** What is looked at in place. */
export interface Shown {
  name: string;
  /** null while it is on its way. */
  preview: Preview | null;
  problem: string;
}

export interface Results {
  files: ReadonlySignal<Files | null>;
  isReading: ReadonlySignal<boolean>;
  /** What went wrong with a request. */
  notice: ReadonlySignal<string>;
  ticked: ReadonlySignal<ReadonlySet<string>>;
  /** As typed; "" is where Python puts them. */
  folder: Signal<string>;
  isDownloading: ReadonlySignal<boolean>;
  isStopping: ReadonlySignal<boolean>;
  progress: ReadonlySignal<Downloading | null>;
  /** What became of the last download. */
  outcome: ReadonlySignal<Downloaded | null>;
  /** What became of unpacking, by the archive's name. */
  unpacked: ReadonlySignal<Readonly<Record<string, string>>>;
  shown: ReadonlySignal<Shown | null>;
  read(): Promise<void>;
  tick(name: string): void;
  /** @param names [] is all; @param replace what is here and may be replaced */
  download(names: readonly string[], replace?: readonly string[]): Promise<void>;
  stopDownload(): Promise<void>;
  unpack(name: string): Promise<void>;
  show(name: string): Promise<void>;
  hide(): void;
  take(message: Message): void;
}

/** @param announce says words aloud, once */
export function createResults(
  sync: MonitorSync,
  key: string,
  announce: (words: string) => void,
): Results {
  const files = signal<Files | null>(null);
  const isReading = signal(false);
  const notice = signal("");
  const ticked = signal<ReadonlySet<string>>(new Set());
  const folder = signal("");
  const isDownloading = signal(false);
  const isStopping = signal(false);
  const progress = signal<Downloading | null>(null);
  const outcome = signal<Downloaded | null>(null);
  const unpacked = signal<Readonly<Record<string, string>>>({});
  const shown = signal<Shown | null>(null);
  const slow = () => {
    notice.value = BUSY_ASKED;
  };

  async function read() {
    if (isReading.value) return;
    isReading.value = true;
    const answer = await sync.ask({ kind: "files", id: newId(), key }, slow);
    isReading.value = false;
    notice.value = answer.kind === "reply" ? answer.message : "";
    if (answer.kind !== "files") return;
    // What could be listed before is worth more than an empty list.
    files.value = answer.error && files.value ? { ...files.value, error: answer.error } : answer;
  }

  async function download(names: readonly string[], replace: readonly string[] = []) {
    if (isDownloading.value) return;
    isDownloading.value = true;
    progress.value = null;
    outcome.value = null;
    notice.value = "";
    const answer = await sync.ask(
      {
        kind: "download",
        id: newId(),
        key,
        names: [...names],
        folder: folder.value.trim(),
        replace: [...replace],
      },
      () => {
        if (!progress.value) slow(); // a long download is no silence
      },
    );
    isDownloading.value = false;
    isStopping.value = false;
    progress.value = null;
    notice.value = answer.kind === "reply" ? answer.message : "";
    if (answer.kind !== "downloaded") return;
    outcome.value = answer;
    announce(answer.error || `${answer.came.length} files downloaded.`);
    read();
  }

  async function stopDownload() {
    if (isStopping.value) return;
    isStopping.value = true;
    const answer = await sync.ask({ kind: "stop_download", id: newId(), key }, slow);
    if (answer.kind !== "reply" || answer.ok) return;
    isStopping.value = false;
    notice.value = answer.message;
  }

  async function unpack(name: string) {
    const say = (words: string) => {
      unpacked.value = { ...unpacked.value, [name]: words };
    };
    say("Unpacking…");
    const answer = await sync.ask({ kind: "unpack", id: newId(), key, name }, () =>
      say(BUSY_ASKED),
    );
    if (answer.kind === "reply") say(answer.message);
    if (answer.kind !== "unpacked") return;
    const count = `${answer.files} ${answer.files === 1 ? "file" : "files"}`;
    const done = `Unpacked ${count}, ${writeBytes(answer.size)}, into ${answer.folder}. ${answer.note}`;
    say(answer.error || done.trim());
    announce(unpacked.value[name] ?? "");
  }

  let last = "";
  async function show(name: string) {
    const id = newId();
    last = id;
    const tell = (preview: Preview | null, problem: string) => {
      if (last === id) shown.value = { name, preview, problem };
    };
    tell(null, "");
    const answer = await sync.ask({ kind: "preview", id, key, name }, () => tell(null, BUSY_ASKED));
    if (answer.kind === "preview") tell(answer, answer.error);
    else tell(null, answer.kind === "reply" ? answer.message : "");
  }

  return {
    files,
    isReading,
    notice,
    ticked,
    folder,
    isDownloading,
    isStopping,
    progress,
    outcome,
    unpacked,
    shown,
    read,
    tick: (name) => {
      const next = new Set(ticked.value);
      if (!next.delete(name)) next.add(name);
      ticked.value = next;
    },
    download,
    stopDownload,
    unpack,
    show,
    hide: () => {
      last = "";
      shown.value = null;
    },
    take: (message) => {
      if (message.kind !== "downloading" || message.key !== key || !isDownloading.value) return;
      progress.value = message;
      if (notice.value === BUSY_ASKED) notice.value = "";
    },
  };
}
