/** Whether a kernel answers the view: at first, and as long as the page is open. */
import { effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import type { Heart } from "./sync";

/**
 * "unknown" until there is news from Python, or none has come for a while. "busy": it is there,
 * and what is asked has to wait. "silent": nobody answers; it may be busy, not running, or out
 * of reach. "gone": the kernel that made the widget has ended.
 */
export type Liveness = "unknown" | "live" | "busy" | "silent" | "gone";

/** Seconds without any news after which no kernel counts as being there. */
export const SILENCE = 3;
/** Seconds between two questions to a kernel that has always answered, */
const EVERY = 3;
/** and to one that does not answer. */
const RARELY = 30;
/** Seconds without an answer after which it does not answer: two questions may get lost. */
export const UNANSWERED = 8;
/** Seconds in a row that something has to be so: a kernel changes its state, and then answers. */
const SURE = 2;

export interface Watch {
  liveness: ReadonlySignal<Liveness>;
  stop(): void;
}

/** Nothing can be done, and what is shown is the past. */
export function isShut(liveness: Liveness): boolean {
  return liveness === "silent" || liveness === "gone";
}

/** Of a view that is shut. */
export const NO_KERNEL = {
  silent: "No kernel answers (it is busy, not running, or out of reach).",
  gone: "No kernel answers (it was restarted, or has ended).",
};
/** Beside it: what to do. */
export const RUN_AGAIN = {
  silent: "If it stays so, run the cell again, or reload the page.",
  gone: "Run the cell again to go on.",
};
/** Beside a request that waits. */
export const BUSY_ASKED = "The kernel is busy. Your request waits there.";

/** Seconds are counted by ticks: in a page that sleeps, time passes without anybody asking. */
export function watchLiveness(heart: Heart): Watch {
  const liveness = signal<Liveness>("unknown");
  let isHeard = false;
  let isGone = false;
  /** Seconds since it answered, since it said anything, and until it is asked again. */
  let unanswered = 0;
  let unheard = 0;
  let rest = EVERY;
  /** Seconds in a row that there was no kernel, and that it was not busy. */
  let without = 0;
  let calm = SURE;

  function judge(): Liveness {
    if (isGone) return "gone";
    if (unanswered < (isHeard ? UNANSWERED : SILENCE)) return isHeard ? "live" : "unknown";
    return isHeard && (calm < SURE || unheard < UNANSWERED) ? "busy" : "silent";
  }

  function settle() {
    liveness.value = judge();
    if (isShut(liveness.value) && calm >= SURE) heart.refuseAll();
    if (liveness.value === "busy") heart.tellBusy();
  }

  function hear(isAnswer: boolean) {
    isHeard = true;
    isGone = false;
    unheard = 0;
    if (isAnswer) {
      unanswered = 0;
      rest = Math.min(rest, EVERY);
    }
    settle();
  }

  function lose() {
    isGone = true;
    settle();
  }

  async function ask(isLong: boolean) {
    rest = unanswered < UNANSWERED ? EVERY : RARELY;
    const comm = heart.hello.peek()?.comm;
    // A kernel that is busy may still answer the widget, in a thread of its own.
    if (!comm || isLong || heart.host.kernel() !== "idle") return heart.greet();
    try {
      if (await heart.host.knows(comm)) hear(true);
      else lose();
    } catch {
      // The page has given up the question: it was another kernel's.
    }
  }

  const clock = setInterval(() => {
    unanswered += 1;
    unheard += 1;
    rest -= 1;
    const kernel = heart.host.kernel();
    without = kernel === "gone" ? without + 1 : 0;
    if (without >= SURE) isGone = true;
    calm = kernel === "busy" ? 0 : calm + 1;
    if (calm === 1) rest = 0; // it was busy: now it can answer
    const isLong = heart.grow();
    settle();
    if (rest <= 0) ask(isLong);
  }, 1_000);
  const known = heart.news.peek();
  const stopNews = effect(() => {
    if (heart.news.value !== known) untracked(() => hear(false));
  });
  const stopHello = effect(() => {
    if (heart.hello.value) untracked(() => hear(true));
  });
  const stopCut = heart.onCut(() => {
    lose();
    rest = 0; // it may be that the page is wrong
  });
  heart.greet();
  return {
    liveness,
    stop: () => {
      clearInterval(clock);
      stopNews();
      stopHello();
      stopCut();
    },
  };
}
