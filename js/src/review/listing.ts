/** Which of a review's entries are listed, and in which order. */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { biggest, flatRows, leftOut, type Order, type Row, treeRows } from "./rows";
import type { Entry } from "./tree";

/** Rows up to which all folders start unfolded. */
const FEW = 60;

export interface Listing {
  filter: Signal<string>;
  order: Signal<Order>;
  rows: ReadonlySignal<Row[]>;
  /** Paths of the folders whose content is shown in the tree. */
  unfolded: ReadonlySignal<ReadonlySet<string>>;
  fold(entry: Entry, isUnfolded: boolean): void;
  /** As it is at first, for what will be found. */
  reset(): void;
  /** Fold what was found, for the first time. */
  begin(root: Entry): void;
}

/** @param shown the tree; a new object each time, as ticks change the tree itself */
export function createListing(shown: ReadonlySignal<{ root: Entry | null } | null>): Listing {
  const filter = signal("");
  const order = signal<Order>("tree");
  const unfolded = signal<ReadonlySet<string>>(new Set());
  const listed = computed(() => {
    const root = shown.value?.root;
    if (!root || order.value === "tree") return [];
    return order.value === "biggest" ? biggest(root) : leftOut(root);
  });
  const rows = computed(() => {
    const root = shown.value?.root;
    if (!root) return [];
    const needle = filter.value.trim();
    return order.value === "tree"
      ? treeRows(root, needle, unfolded.value)
      : flatRows(listed.value, needle);
  });
  return {
    ...{ filter, order, rows, unfolded },
    fold: ({ path }, isUnfolded) => {
      const next = new Set(unfolded.value);
      if (isUnfolded) next.add(path);
      else next.delete(path);
      unfolded.value = next;
    },
    reset: () => {
      filter.value = "";
      order.value = "tree";
    },
    begin: (found) => {
      unfolded.value = new Set(startsWith(found));
    },
  };
}

/** Folders that start unfolded: all where that fits, else those above a lonely folder's content. */
function startsWith(root: Entry): string[] {
  const all = new Set<string>();
  const add = (entry: Entry) => {
    if (entry.below.length > 0) all.add(entry.path);
    entry.below.forEach(add);
  };
  add(root);
  if (treeRows(root, "", all).length <= FEW) return [...all];
  const lonely: string[] = [];
  for (let one = root.below; one.length === 1 && one[0]; one = one[0].below) {
    lonely.push(one[0].path);
  }
  return lonely;
}
