/** Tells by a notification of the browser that a job is over; only where the user wants it. */
import { type ReadonlySignal, signal } from "@preact/signals";

export interface Ended {
  /** The same for the same job, so that two views of it tell once. */
  job: string;
  title: string;
  /** The outcome in a word, as in "Failed". */
  word: string;
  words: string;
}

export interface Notices {
  isOn: ReadonlySignal<boolean>;
  /** Why it cannot be turned on, or "". */
  problem: ReadonlySignal<string>;
  /** To be called on a click: the browser asks the user then, and at no other time. */
  turn(isOn: boolean): Promise<void>;
  /** Does nothing while it is off. */
  tell(ended: Ended): void;
}

const NO_SUCH_THING =
  "This browser has no notifications, or not for this page (they need https, or your own machine).";
const DENIED =
  "Your browser does not allow notifications of this page. Allow them in its settings for this page, and tick again.";
const UNDECIDED = "Your browser asked for permission, and did not get it.";

export function createNotices(): Notices {
  const isOn = signal(false);
  const problem = signal("");

  async function turn(wanted: boolean) {
    problem.value = wanted ? await refusal() : "";
    isOn.value = wanted && problem.value === "";
  }

  function tell({ job, title, word, words }: Ended) {
    if (!isOn.value) return;
    try {
      new Notification(`${word}: ${title || job}`, { body: words, tag: `bspsa ${job}` });
    } catch {
      isOn.value = false; // phones have the name, and nothing behind it
      problem.value = NO_SUCH_THING;
    }
  }

  return { isOn, problem, turn, tell };
}

/** Asks the user where nobody did; "" where notifications are allowed. */
async function refusal(): Promise<string> {
  if (typeof Notification === "undefined") return NO_SUCH_THING;
  let permission = Notification.permission;
  if (permission === "default") permission = await Notification.requestPermission();
  if (permission === "granted") return "";
  return permission === "denied" ? DENIED : UNDECIDED;
}
