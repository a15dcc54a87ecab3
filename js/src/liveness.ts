/** Whether a kernel is behind the view: a saved notebook shows views without one. */
import { effect, type ReadonlySignal, signal } from "@preact/signals";

/** "unknown" until there is news from Python, or none has come for a while. */
export type Liveness = "unknown" | "live" | "silent";

/** Milliseconds without any news after which no kernel counts as being there. */
export const SILENCE = 3_000;

export interface Watch {
  liveness: ReadonlySignal<Liveness>;
  stop(): void;
}

/**
 * @param hello sends a request whose answer is news; it waits where a kernel is busy
 * @param news grows with all that can only have come from Python (Sync.news)
 */
export function watchLiveness(hello: () => void, news: ReadonlySignal<number>): Watch {
  const liveness = signal<Liveness>("unknown");
  const before = news.value;
  const timer = setTimeout(() => {
    if (liveness.value === "unknown") liveness.value = "silent";
  }, SILENCE);
  const stopListening = effect(() => {
    if (news.value === before) return;
    clearTimeout(timer);
    liveness.value = "live";
  });
  hello();
  return {
    liveness,
    stop: () => {
      clearTimeout(timer);
      stopListening();
    },
  };
}

/** Beside a request that got no answer in time. */
export const SILENT_ASKED = "The kernel is busy or not running. Your request waits there.";
