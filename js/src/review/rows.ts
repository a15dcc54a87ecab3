/** The entries of a review as rows, in the order in which they are shown. */
import type { Entry } from "./tree";

export type Order = "tree" | "biggest" | "left_out";

export interface Row {
  entry: Entry;
  /** Among those that it is shown with, from 1. */
  place: number;
  count: number;
}

/**
 * @param filter shows only what has this in its path, in any case; "" shows all
 * @param unfolded paths of folders whose content is shown; a filter shows it of all
 */
export function treeRows(root: Entry, filter: string, unfolded: ReadonlySet<string>): Row[] {
  const found = filter ? matching(root, filter.toLowerCase()) : null;
  const rows: Row[] = [];
  function add(folder: Entry) {
    const shown = found ? folder.below.filter((one) => found.has(one)) : folder.below;
    shown.forEach((entry, index) => {
      rows.push({ entry, place: index + 1, count: shown.length });
      if (isUnfolded(entry, found ? null : unfolded)) add(entry);
    });
  }
  add(root);
  return rows;
}

/** What a flat list has, filtered. */
export function flatRows(entries: readonly Entry[], filter: string): Row[] {
  const needle = filter.toLowerCase();
  const shown = needle ? entries.filter((one) => one.key.includes(needle)) : entries;
  return shown.map((entry, index) => ({ entry, place: index + 1, count: shown.length }));
}

/** Files that travel, or that only the user leaves out, the biggest first. */
export function biggest(root: Entry): Entry[] {
  return all(
    root,
    (one) => !one.isFolder && one.size !== null && (one.isOn || one.byUser > 0),
  ).sort((one, other) => (other.size ?? 0) - (one.size ?? 0));
}

/** What stays, and what stayed before it was ticked; in the order of the tree. */
export function leftOut(root: Entry): Entry[] {
  return all(root, (one) => !one.isOn || one.reason !== "");
}

/** Whether there is anything to unfold: a folder that stays has its content untold. */
export function canUnfold(entry: Entry): boolean {
  return entry.below.length > 0 && (entry.isOn || entry.files > 0);
}

/** @param unfolded null where all are */
export function isUnfolded(entry: Entry, unfolded: ReadonlySet<string> | null): boolean {
  return canUnfold(entry) && (unfolded === null || unfolded.has(entry.path));
}

/** What matches, and the folders that it lies in. */
function matching(root: Entry, needle: string): Set<Entry> {
  const found = new Set<Entry>();
  function look(folder: Entry): boolean {
    let any = false;
    for (const one of folder.below) {
      const isFound = one.key.includes(needle);
      if (!(look(one) || isFound)) continue;
      found.add(one);
      any = true;
    }
    return any;
  }
  look(root);
  return found;
}

function all(root: Entry, isMeant: (entry: Entry) => boolean, found: Entry[] = []): Entry[] {
  for (const one of root.below) {
    if (isMeant(one)) found.push(one);
    if (canUnfold(one)) all(one, isMeant, found);
  }
  return found;
}
