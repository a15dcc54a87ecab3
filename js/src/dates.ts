/** Moments as the service gives them (ISO 8601), shown in the reader's own time. */

const ISO = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/;

/** null where the text is no ISO 8601 moment: it is then shown as it came. */
export function readMoment(text: string): Date | null {
  if (!ISO.test(text)) return null;
  const moment = new Date(text.replace(" ", "T"));
  return Number.isNaN(moment.getTime()) ? null : moment;
}

export function writeClock(moment: Date): string {
  return moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

export function writeMoment(moment: Date): string {
  return moment.toLocaleString([], { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
}
