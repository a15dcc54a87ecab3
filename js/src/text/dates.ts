/** Moments as the service gives them (ISO 8601), shown in the reader's own time. */

const ISO = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/;

// Made once: making one takes longer than a hundred uses of it.
const CLOCK = new Intl.DateTimeFormat([], {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

/** null where the text is no ISO 8601 moment: it is then shown as it came. */
export function readMoment(text: string): Date | null {
  if (!ISO.test(text)) return null;
  const moment = new Date(text.replace(" ", "T"));
  return Number.isNaN(moment.getTime()) ? null : moment;
}

export function writeClock(moment: Date): string {
  return CLOCK.format(moment);
}

export function writeMoment(moment: Date): string {
  return moment.toLocaleString([], { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
}

/** With seconds and the zone, for a look that is meant to be exact: "29 Nov 2026, 15:43:32 GMT+1". */
export function writeExact(moment: Date): string {
  return EXACT.format(moment);
}

const EXACT = new Intl.DateTimeFormat([], {
  dateStyle: "medium",
  timeStyle: "long",
  hourCycle: "h23",
});

/** "today 22:40", "yesterday 21:05", "21 Nov, 21:05", "21 Nov 2025". */
export function writeDay(moment: Date, now: number): string {
  const days = Math.round((midnight(now) - midnight(moment)) / 86_400_000);
  if (days === 0) return `today ${writeClock(moment)}`;
  if (days === 1) return `yesterday ${writeClock(moment)}`;
  if (new Date(now).getFullYear() !== moment.getFullYear()) return DAY_OF_YEAR.format(moment);
  return `${DAY.format(moment)}, ${writeClock(moment)}`;
}

const DAY = new Intl.DateTimeFormat([], { day: "numeric", month: "short" });
const DAY_OF_YEAR = new Intl.DateTimeFormat([], {
  day: "numeric",
  month: "short",
  year: "numeric",
});

function midnight(moment: Date | number): number {
  return new Date(moment).setHours(0, 0, 0, 0);
}
