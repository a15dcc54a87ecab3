/** The download of a job's files: one at a time, and what became of the last one. */
import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { newId } from "../../kernel/id";
import { BUSY_ASKED } from "../../kernel/liveness";
import { isRefused } from "../../kernel/requests";
import type { Message } from "../contract";
import type { MonitorSync } from "../monitor_sync";
import type { Downloaded, Downloading } from "./contract";

export interface Download {
  /** As typed; "" is where Python puts them. */
  folder: Signal<string>;
  isDownloading: ReadonlySignal<boolean>;
  isStopping: ReadonlySignal<boolean>;
  progress: ReadonlySignal<Downloading | null>;
  /** What became of the last download. */
  outcome: ReadonlySignal<Downloaded | null>;
  /** @param names [] is all; @param replace what is here and may be replaced */
  download(names: readonly string[], replace?: readonly string[]): Promise<void>;
  stopDownload(): Promise<void>;
  take(message: Message): void;
}

/**
 * @param notice where it is said what went wrong
 * @param onEnd called with what became of it
 */
export function createDownload(
  sync: MonitorSync,
  key: string,
  notice: Signal<string>,
  onEnd: (outcome: Downloaded) => void,
): Download {
  const folder = signal("");
  const isDownloading = signal(false);
  const progress = signal<Downloading | null>(null);
  const outcome = signal<Downloaded | null>(null);
  let isBusyTold = false;
  const tellBusy = () => {
    notice.value = BUSY_ASKED;
    isBusyTold = true;
  };
  const { isStopping, stopDownload } = createStopping(sync, key, notice, tellBusy);

  async function download(names: readonly string[], replace: readonly string[] = []) {
    if (isDownloading.value) return;
    isDownloading.value = true;
    progress.value = null;
    outcome.value = null;
    notice.value = "";
    const wanted = { names: [...names], folder: folder.value.trim(), replace: [...replace] };
    const answer = await sync.ask({ kind: "download", id: newId(), key, ...wanted }, () => {
      if (!progress.value) tellBusy(); // a long download is no silence
    });
    isDownloading.value = false;
    isStopping.value = false;
    progress.value = null;
    notice.value = answer.kind === "reply" ? answer.message : "";
    if (answer.kind !== "downloaded") return;
    outcome.value = answer;
    onEnd(answer);
  }

  function take(message: Message) {
    if (message.kind !== "downloading" || message.key !== key || !isDownloading.value) return;
    progress.value = message;
    if (isBusyTold) notice.value = "";
    isBusyTold = false;
  }

  return { folder, isDownloading, isStopping, progress, outcome, download, stopDownload, take };
}

function createStopping(
  sync: MonitorSync,
  key: string,
  notice: Signal<string>,
  tellBusy: () => void,
) {
  const isStopping = signal(false);

  async function stopDownload() {
    if (isStopping.value) return;
    isStopping.value = true;
    const answer = await sync.ask({ kind: "stop_download", id: newId(), key }, tellBusy);
    if (!isRefused(answer)) return;
    isStopping.value = false;
    notice.value = answer.message;
  }

  return { isStopping, stopDownload };
}
