/** Opens the details of the job that is selected, by whomever. */
import { effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import { newId } from "../kernel/id";
import type { Surface } from "../page/surface";
import type { JobRows } from "./job_rows";
import type { MonitorSync } from "./monitor_sync";
import { createOpenJob, type OpenJob } from "./open_job";

export interface Opening {
  /** null while none is selected. Where no kernel answers any more, it stays as it is. */
  job: ReadonlySignal<OpenJob | null>;
  stop(): void;
}

export function createOpening(
  sync: MonitorSync,
  surface: Surface,
  jobs: JobRows,
  isLive: ReadonlySignal<boolean>,
): Opening {
  const { job, open } = createOpener(sync, (key) =>
    createOpenJob(sync, surface, key, jobs.of(key)?.row),
  );
  const stop = effect(() => {
    // The table knows how a job ended, and with it where its details begin.
    const isReady = isLive.value && jobs.entries.value !== null;
    const key = isReady ? sync.traits.selected.value : (job.peek()?.key ?? "");
    untracked(() => open(key));
  });
  let wasCut = false;
  const stopReading = effect(() => {
    // What Python said while it was out of reach is said once.
    if (isLive.value && wasCut) untracked(() => job.value?.open());
    wasCut = !isLive.value;
  });
  return {
    job,
    stop: () => {
      stop();
      stopReading();
    },
  };
}

/** Opens one job after the other, and keeps those whose download is under way. */
function createOpener(sync: MonitorSync, create: (key: string) => OpenJob) {
  const job = signal<OpenJob | null>(null);
  /** Out of sight, with a download under way. */
  const busy = new Map<string, OpenJob>();

  sync.onPush((message) => {
    job.value?.take(message);
    for (const one of busy.values()) one.take(message);
  });

  function open(key: string) {
    const before = job.value;
    if (key === (before?.key ?? "")) return;
    before?.leave();
    if (before?.results.isDownloading.value) busy.set(before.key, before);
    if (before && !key) sync.ask({ kind: "close", id: newId(), key: before.key });
    const next = key ? (busy.get(key) ?? create(key)) : null;
    busy.delete(key);
    job.value = next;
    next?.open();
  }

  return { job, open };
}
