/** The monitor's time: now, and when what is shown was known to be true. */
import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Synced } from "../kernel/traits";
import { readMoment } from "../text/dates";
import type { MonitorTraits } from "./contract";

export interface Clock {
  /** When what is shown was last known to be true, ISO 8601; "" where that is not known. */
  knownAt: ReadonlySignal<string>;
  /** Milliseconds since 1970, each second. */
  now: ReadonlySignal<number>;
  /** The same, but where nothing new comes, when what is shown was true. */
  asOf: ReadonlySignal<number>;
}

export function createClock(
  { saved, condition }: Synced<Pick<MonitorTraits, "saved" | "condition">>,
  isLive: ReadonlySignal<boolean>,
): Clock & { stop(): void } {
  const now = signal(Date.now());
  const timer = setInterval(() => {
    now.value = Date.now();
  }, 1000);
  // Rows are saved as they change, and true as often as the lists are read.
  const knownAt = computed(() => latest(saved.value.at, condition.value.checked));
  const asOf = computed(() => {
    const { state, checked } = condition.value;
    const isOld = isLive.value && state === "old";
    const at = isOld ? checked : isLive.value ? "" : knownAt.value;
    return readMoment(at)?.getTime() ?? now.value;
  });
  return { now, knownAt, asOf, stop: () => clearInterval(timer) };
}

function latest(one: string, other: string): string {
  const time = (moment: string) => readMoment(moment)?.getTime() ?? Number.NEGATIVE_INFINITY;
  return time(one) < time(other) ? other : one;
}
