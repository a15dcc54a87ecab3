/** What a review found, as a tree, and what of it is ticked. */
import type { Review } from "../submitter/contract";

export interface Entry {
  /** Relative to the folder, without a slash at its end; "" is the folder itself. */
  readonly path: string;
  readonly name: string;
  /** What the filter is compared with. */
  readonly key: string;
  /** 1 at the top. */
  readonly level: number;
  readonly above: Entry | null;
  readonly isFolder: boolean;
  /** Folders first, then by name. */
  readonly below: Entry[];
  /** Bytes; null for a folder and where it is not known. */
  size: number | null;
  /** A file travels; a folder is not left out as a whole. */
  isOn: boolean;
  /** Why it stays, or would if it were not ticked; "" where no reason is known. */
  reason: string;
  /** It is the user who excludes it, and no rule. */
  isByUser: boolean;
  may: "yes" | "ask" | "no";
  /** Of what travels, here and below. */
  files: number;
  bytes: number;
  /** Entries that stay, as Python counts them: a folder that stays as a whole is one. */
  staying: number;
  /** Those among them that only the user leaves out. */
  byUser: number;
}

export type Ticked = "true" | "false" | "mixed";

export function treeOf({ files, left_out }: Review): Entry {
  const root = newEntry(null, "", "", true);
  const folders = new Map([["", root]]);

  function folder(path: string): Entry {
    const known = folders.get(path);
    if (known) return known;
    const made = add(path, true);
    folders.set(path, made);
    return made;
  }

  function add(path: string, isFolder: boolean): Entry {
    const slash = path.lastIndexOf("/");
    const above = folder(path.slice(0, Math.max(slash, 0)));
    const entry = newEntry(above, path, path.slice(slash + 1), isFolder);
    above.below.push(entry);
    return entry;
  }

  for (const [path, size] of files) add(path, false).size = size;
  for (const { path, reason, size, may, by_user } of left_out) {
    const isFolder = path.endsWith("/");
    const entry = isFolder ? folder(path.slice(0, -1)) : add(path, false);
    Object.assign(entry, { reason, may, size, isOn: false, isByUser: by_user });
  }
  for (const { below } of folders.values()) below.sort(inOrder);
  return addUp(root);
}

function newEntry(above: Entry | null, path: string, name: string, isFolder: boolean): Entry {
  return {
    path,
    name,
    key: path.toLowerCase(),
    level: above ? above.level + 1 : 0,
    above,
    isFolder,
    below: [],
    size: null,
    isOn: true,
    reason: "",
    isByUser: false,
    may: "yes",
    files: 0,
    bytes: 0,
    staying: 0,
    byUser: 0,
  };
}

function inOrder(one: Entry, other: Entry): number {
  if (one.isFolder !== other.isFolder) return one.isFolder ? -1 : 1;
  if (one.name === other.name) return 0;
  return one.name < other.name ? -1 : 1;
}

/** The entry of this path, here or below. */
export function find(top: Entry, path: string): Entry | null {
  if (top.path === path) return top;
  const next = top.below.find((one) => one.path === path || path.startsWith(`${one.path}/`));
  return next ? find(next, path) : null;
}

/** Bring the sums up to date, here and below. */
export function addUp(entry: Entry): Entry {
  const isFile = !entry.isFolder;
  entry.files = isFile && entry.isOn ? 1 : 0;
  entry.bytes = isFile && entry.isOn ? (entry.size ?? 0) : 0;
  entry.staying = entry.isOn ? 0 : 1;
  entry.byUser = !entry.isOn && entry.isByUser ? 1 : 0;
  for (const one of entry.below) {
    addUp(one);
    entry.files += one.files;
    entry.bytes += one.bytes;
    if (!entry.isOn) continue;
    entry.staying += one.staying;
    entry.byUser += one.byUser;
  }
  return entry;
}

export function tickOf(entry: Entry): Ticked {
  if (!entry.isFolder) return entry.isOn ? "true" : "false";
  if (!entry.isOn) return entry.files > 0 ? "mixed" : "false";
  if (entry.files > 0) return entry.byUser > 0 ? "mixed" : "true";
  // One that has just been ticked shows its files only after the next look.
  return entry.reason && entry.byUser === 0 ? "true" : "false";
}

/** Whether a tick means anything: a folder of which no rule lets anything travel has none. */
export function canTick(entry: Entry): boolean {
  if (entry.may === "no") return false;
  return !entry.isFolder || entry.files > 0 || entry.byUser > 0 || entry.reason !== "";
}

/** Whether it looks like a secret, or lies in a folder that does and stays. */
export function isSecret(entry: Entry): boolean {
  for (let one: Entry | null = entry; one; one = one.above) {
    if (!one.isOn && one.may === "ask") return true;
  }
  return false;
}

/**
 * As Python will have it after the next look, as far as that is known here.
 *
 * @param userReason Python's reason for what the user excludes
 */
export function tick(entry: Entry, isOn: boolean, userReason: string) {
  if (!isOn && entry.reason === "") Object.assign(entry, { reason: userReason, isByUser: true });
  setAll(entry, isOn);
  entry.isOn = isOn;
}

function setAll(entry: Entry, isOn: boolean) {
  entry.isOn = isOn && !isByRule(entry);
  for (const one of entry.below) setAll(one, isOn);
}

/** Whether it stays whatever the user has excluded. */
export function isByRule({ reason, isByUser }: Entry): boolean {
  return reason !== "" && !isByUser;
}
