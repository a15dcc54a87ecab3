/** The choice of single files, as ticks change it. Entries are as before the tick. */
import type { FileChoice } from "../submitter/contract";
import { type Entry, isByRule } from "./tree";

type Lists = Pick<FileChoice, "include" | "exclude" | "include_secrets">;
const LISTS = ["include", "exclude", "include_secrets"] as const satisfies (keyof Lists)[];

/** What counts for a folder: nothing, where the choice is another's. */
export function choiceFor(choice: FileChoice, folder: string): FileChoice {
  return choice.folder === folder ? choice : nothing(folder);
}

/** The choice that leaves everything to the rules. */
export function nothing(folder: string): FileChoice {
  return { folder, include: [], exclude: [], include_secrets: [] };
}

export function isEmpty(choice: FileChoice): boolean {
  return LISTS.every((list) => choice[list].length === 0);
}

/** @param isAgreed the user has said yes to sending what looks like a secret */
export function take(choice: FileChoice, entry: Entry, isAgreed: boolean): FileChoice {
  const exclude = choice.exclude.filter((path) => !isWithin(path, entry.path));
  const next = { ...choice, exclude };
  if (entry.isOn || !(isByRule(entry) || staysAbove(entry))) return next;
  const list = isAgreed ? "include_secrets" : "include";
  return { ...next, [list]: [...next[list], written(entry)] };
}

export function leave(choice: FileChoice, entry: Entry): FileChoice {
  const taken = [...choice.include, ...choice.include_secrets].map(plain);
  const isEnough = isTakenBy(new Set(taken.filter((path) => isWithin(path, entry.path))), entry);
  const next = { ...choice };
  for (const list of LISTS) next[list] = choice[list].filter((one) => !isWithin(one, entry.path));
  if (!isEnough) next.exclude = [...next.exclude, written(entry)];
  return next;
}

/** Without what cannot travel. */
export function leavePaths(choice: FileChoice, paths: readonly string[]): FileChoice {
  const known = new Set(choice.exclude.map(plain));
  const wanted = new Set(paths.map(plain));
  const kept = (path: string) => !wanted.has(plain(path));
  return {
    ...choice,
    include: choice.include.filter(kept),
    include_secrets: choice.include_secrets.filter(kept),
    exclude: [...choice.exclude, ...paths.filter((path) => !known.has(plain(path)))],
  };
}

export function excludes(choice: FileChoice, path: string): boolean {
  return choice.exclude.some((one) => plain(one) === plain(path));
}

/** Whether all that travels here does so only because it was taken along. */
function isTakenBy(taken: ReadonlySet<string>, entry: Entry): boolean {
  if (taken.size === 0) return false;
  if (taken.has(entry.path)) return true;
  return entry.isFolder ? entry.below.every((one) => isTakenBy(taken, one)) : !entry.isOn;
}

function staysAbove(entry: Entry): boolean {
  for (let one = entry.above; one; one = one.above) if (!one.isOn) return true;
  return false;
}

function written(entry: Entry): string {
  return entry.isFolder ? `${entry.path}/` : entry.path;
}

/** As Python compares them. */
function plain(path: string): string {
  return path.replace(/^\.\//, "").replace(/\/+$/, "");
}

function isWithin(path: string, top: string): boolean {
  const text = plain(path);
  return text === top || text.startsWith(`${top}/`);
}
