/**
 * Numbers with a unit, read from what was typed and written for people. Sizes, counts and spans are
 * written as Python does (`domain/format.py`); one table tests both.
 */

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)$/;

/** A number where the text is cleanly one, else the text: Python says what is wrong with it. */
export function readNumber(text: string): number | string {
  const trimmed = text.trim();
  const value = Number(trimmed);
  return NUMBER.test(trimmed) && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : text;
}

/** 2 → "2.0", 0.25 → "0.25". */
export function writeHours(hours: number): string {
  return Number.isInteger(hours) ? hours.toFixed(1) : String(hours);
}

/** 4598.7 → "4,599", 0.54 → "0.5". */
export function writeQuota(hours: number): string {
  const shown = Math.abs(hours) >= 100 ? Math.round(hours).toString() : String(round(hours, 1));
  return grouped(shown);
}

/** 4998.46 → "4,998.5", 0.54 → "0.5". */
export function writeLeft(hours: number): string {
  return grouped(String(round(hours, 1)));
}

/** 1234567 → "1,234,567". */
export function grouped(digits: number | string): string {
  return String(digits).replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ",");
}

/** 1, "file" → "1 file"; 1200, "file" → "1,200 files". */
export function writeCount(count: number, noun: string): string {
  return `${grouped(count)} ${count === 1 ? noun : `${noun}s`}`;
}

/** 14200000 → "14.2 MB". */
export function writeBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 999_500) return `${Math.floor((bytes + 500) / 1000)} kB`;
  if (bytes < 999_950_000) return `${(Math.floor((bytes + 50_000) / 100_000) / 10).toFixed(1)} MB`;
  return `${(Math.floor((bytes + 5_000_000) / 10_000_000) / 100).toFixed(2)} GB`;
}

/** 8100000, 14200000 → "8.1 of 14.2 MB". */
export function writeDone(done: number, total: number): string {
  const whole = writeBytes(total);
  const unit = whole.slice(whole.lastIndexOf(" "));
  const shown = writeBytes(done);
  return `${shown.endsWith(unit) ? shown.slice(0, -unit.length) : shown} of ${whole}`;
}

/** Milliseconds → "12 s", "3 min 05 s", "1 h 05 min", "2 d 3 h". */
export function writeSpan(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (seconds < 60) return `${seconds} s`;
  if (minutes < 60) return `${minutes} min ${two(seconds % 60)} s`;
  if (hours < 24) return `${hours} h ${two(minutes % 60)} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
