/** Whether a kernel answers the view: at first, and as long as the page is open. */
import { effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import type { Heart } from "./heart";
import type { KernelState } from "./host";

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

/** What was seen and heard of a kernel; in seconds, where it is a number. */
interface Signs {
  isHeard: boolean;
  isGone: boolean;
  /** Since it answered, */
  unanswered: number;
  /** and since it said anything. */
  unheard: number;
  /** In a row that there was no kernel, */
  without: number;
  /** and that it was not busy. */
  calm: number;
}

/** Seconds are counted by ticks: in a page that sleeps, time passes without anybody asking. */
export function watchLiveness(heart: Heart): Watch {
  const signs = newSigns();
  const { liveness, settle, hear, lose } = createJudgement(heart, signs);
  const asking = createAsking(heart, signs, (isKnown) => (isKnown ? answer() : lose()));
  function answer() {
    asking.relax();
    hear(true);
  }

  const clock = setInterval(() => {
    age(signs, heart.host.kernel());
    const isLong = heart.grow();
    settle();
    asking.pass(isLong);
  }, 1_000);
  const known = heart.news.peek();
  const stopNews = effect(() => {
    if (heart.news.value !== known) untracked(() => hear(false));
  });
  const stopHello = effect(() => {
    if (heart.hello.value) untracked(answer);
  });
  const stopCut = heart.onCut(() => {
    lose();
    asking.hurry(); // it may be that the page is wrong
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

function newSigns(): Signs {
  return { isHeard: false, isGone: false, unanswered: 0, unheard: 0, without: 0, calm: SURE };
}

/** Let a second pass. */
function age(signs: Signs, kernel: KernelState) {
  signs.unanswered += 1;
  signs.unheard += 1;
  signs.without = kernel === "gone" ? signs.without + 1 : 0;
  if (signs.without >= SURE) signs.isGone = true;
  signs.calm = kernel === "busy" ? 0 : signs.calm + 1;
}

function judge({ isHeard, isGone, unanswered, unheard, calm }: Signs): Liveness {
  if (isGone) return "gone";
  if (unanswered < (isHeard ? UNANSWERED : SILENCE)) return isHeard ? "live" : "unknown";
  return isHeard && (calm < SURE || unheard < UNANSWERED) ? "busy" : "silent";
}

/** What follows from the signs, also for the requests that wait. */
function createJudgement(heart: Heart, signs: Signs) {
  const liveness = signal<Liveness>("unknown");

  function settle() {
    liveness.value = judge(signs);
    if (isShut(liveness.value) && signs.calm >= SURE) heart.refuseAll();
    if (liveness.value === "busy") heart.tellBusy();
  }

  function hear(isAnswer: boolean) {
    signs.isHeard = true;
    signs.isGone = false;
    signs.unheard = 0;
    if (isAnswer) signs.unanswered = 0;
    settle();
  }

  function lose() {
    signs.isGone = true;
    settle();
  }

  return { liveness, settle, hear, lose };
}

/**
 * When the kernel is asked whether it is there.
 *
 * @param onKnown told whether an idle kernel knows the widget
 */
function createAsking(heart: Heart, signs: Signs, onKnown: (isKnown: boolean) => void) {
  /** Seconds until it is asked again. */
  let rest = EVERY;

  async function ask(isLong: boolean) {
    rest = signs.unanswered < UNANSWERED ? EVERY : RARELY;
    const comm = heart.hello.peek()?.comm;
    // A kernel that is busy may still answer the widget, in a thread of its own.
    if (!comm || isLong || heart.host.kernel() !== "idle") return heart.greet();
    try {
      onKnown(await heart.host.knows(comm));
    } catch {
      // The page has given up the question: it was another kernel's.
    }
  }

  return {
    /** @param isLong a request has been waiting for long */
    pass: (isLong: boolean) => {
      rest -= 1;
      if (signs.calm === 1) rest = 0; // it was busy: now it can answer
      if (rest <= 0) ask(isLong);
    },
    hurry: () => {
      rest = 0;
    },
    relax: () => {
      rest = Math.min(rest, EVERY);
    },
  };
}
