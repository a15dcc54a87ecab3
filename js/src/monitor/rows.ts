/** The table's rows: what is looked for, and in which order. */
import { readMoment } from "../text/dates";
import { OUTCOMES } from "../text/outcomes";
import type { JobRow } from "./contract";

export type Column = "title" | "stage" | "submitted" | "runtime" | "outcome";

export interface Order {
  column: Column;
  isDown: boolean;
}

/** A row, with what is asked of it again and again. */
export interface Entry {
  row: JobRow;
  title: string;
  /** Lower case; what the filter looks through. */
  text: string;
  /** Milliseconds; NaN where it is not known. */
  submitted: number;
}

/** What is left of all rows; "" leaves all. */
export interface Wanted {
  text: string;
  hpc: string;
  project: string;
  /** "open", "over", an outcome, or "stage:" and a stage. */
  show: string;
}

const MARKER = /(?:^|\s+)\[nb-[a-z2-7]{16}\]\s*$/;
const compareWords = new Intl.Collator([], { numeric: true }).compare;

/** The outcome in a word. */
export function outcomeOf({
  outcome,
  is_over,
  is_lost,
}: Pick<JobRow, "outcome" | "is_over" | "is_lost">): string {
  if (is_lost) return "Not shown";
  return OUTCOMES[outcome] ?? (is_over ? "Over" : "Open");
}

/** An id as short as people compare it; folders of results end in the same letters. */
export function shortId(id: string): string {
  return id.length > 12 ? `…${id.slice(-8)}` : id;
}

export function entryOf(row: JobRow): Entry {
  const title = row.title.replace(MARKER, "");
  const parts = [title, row.job_id, row.stage, row.project, row.system, row.meaning];
  return {
    row,
    title,
    text: [...parts, outcomeOf(row)].join("\n").toLowerCase(),
    submitted: readMoment(row.submitted)?.getTime() ?? Number.NaN,
  };
}

/** In the same order as they come. */
export function matching(entries: readonly Entry[], wanted: Wanted): Entry[] {
  const hpc = wanted.hpc.toLowerCase();
  const project = wanted.project.toLowerCase();
  const needles = wanted.text.toLowerCase().split(/\s+/).filter(Boolean);
  return entries.filter(
    ({ row, text }) =>
      (!hpc || row.hpc.toLowerCase() === hpc) &&
      (!project || row.project.toLowerCase() === project) &&
      isShown(row, wanted.show) &&
      needles.every((needle) => text.includes(needle)),
  );
}

function isShown(row: JobRow, show: string): boolean {
  if (show === "") return true;
  if (show === "open") return !row.is_over;
  if (show === "over") return row.is_over;
  return show.startsWith("stage:") ? row.stage === show.slice(6) : row.outcome === show;
}

/** A new list. What is not known comes last; what is alike, newest first, as in Python (`Job.order`). */
export function sorted(entries: readonly Entry[], { column, isDown }: Order): Entry[] {
  const sign = isDown ? -1 : 1;
  const compare = COMPARE[column];
  return [...entries].sort(
    (one, other) =>
      compare(one, other, sign) || compareAge(one, other, column === "submitted" ? sign : -1),
  );
}

type Compare = (one: Entry, other: Entry, sign: number) => number;

const COMPARE: Record<Column, Compare> = {
  title: (one, other, sign) => sign * compareWords(one.title, other.title),
  stage: (one, other, sign) => sign * compareWords(one.row.stage, other.row.stage),
  submitted: (one, other, sign) => compareNumbers(one.submitted, other.submitted, sign),
  runtime: (one, other, sign) => compareNumbers(hoursOf(one.row), hoursOf(other.row), sign),
  outcome: (one, other, sign) => sign * compareWords(outcomeOf(one.row), outcomeOf(other.row)),
};

function compareAge({ row: one, ...a }: Entry, { row: other, ...b }: Entry, sign: number): number {
  return (
    compareNumbers(a.submitted, b.submitted, sign) ||
    sign * (one.number - other.number) ||
    sign * (one.job_id < other.job_id ? -1 : Number(one.job_id > other.job_id))
  );
}

function hoursOf({ used, asked }: JobRow): number {
  return used ?? asked ?? Number.NaN;
}

function compareNumbers(one: number, other: number, sign: number): number {
  if (Number.isNaN(one) || Number.isNaN(other))
    return Number(Number.isNaN(one)) - Number(Number.isNaN(other));
  return sign * (one - other);
}
