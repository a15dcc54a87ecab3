/** Which entries of a review are listed. */
import { signal } from "@preact/signals";
import { describe, expect, it } from "vitest";
import { createListing } from "../../src/review/listing";
import { addUp, type Entry, find, tick, treeOf } from "../../src/review/tree";
import { review } from "../fake_model";

const FILES: [string, number][] = [
  ["run.py", 10],
  ["data/big.csv", 1_000],
  ["data/deep/small.csv", 1],
];
const OUT = [
  { path: "notes.txt", reason: "by a rule", size: 5, may: "yes" as const, by_user: false },
];

function listed(files = FILES) {
  const shown = signal<{ root: Entry | null } | null>({
    root: treeOf(review("", { files, left_out: OUT })),
  });
  const listing = createListing(shown);
  const paths = () => listing.rows.value.map(({ entry }) => entry.path);
  return { shown, listing, paths };
}

function begun(files = FILES) {
  const all = listed(files);
  const root = all.shown.value?.root as Entry;
  all.listing.begin(root);
  return { ...all, root };
}

describe("the tree", () => {
  it("starts unfolded where it is small", () => {
    const { paths } = begun();
    const folders = ["data", "data/deep", "data/deep/small.csv", "data/big.csv"];
    expect(paths()).toEqual([...folders, "notes.txt", "run.py"]);
  });

  it("starts folded where it is large, but for a lonely folder", () => {
    const many = Array.from({ length: 200 }, (_, i): [string, number] => [`top/d${i}/f.txt`, 1]);
    const shown = signal({ root: treeOf(review("", { files: many })) });
    const listing = createListing(shown);
    listing.begin(shown.value.root);
    expect(listing.rows.value).toHaveLength(201);
    expect([...listing.unfolded.value]).toEqual(["top"]);
  });

  it("folds and unfolds a folder", () => {
    const { listing, paths, root } = begun();
    const data = find(root, "data") as Entry;
    listing.fold(data, false);
    expect(paths()).toEqual(["data", "notes.txt", "run.py"]);
    listing.fold(data, true);
    expect(paths()).toContain("data/big.csv");
  });

  it("is filtered by path, with the folders that what is found lies in", () => {
    const { listing, paths } = begun();
    listing.filter.value = " SMALL ";
    expect(paths()).toEqual(["data", "data/deep", "data/deep/small.csv"]);
    listing.reset();
    expect(paths()).toContain("run.py");
  });

  it("is empty while nothing was found yet", () => {
    const { shown, paths } = begun();
    shown.value = { root: null };
    expect(paths()).toEqual([]);
    shown.value = null;
    expect(paths()).toEqual([]);
  });
});

describe("a flat list", () => {
  it("has the biggest files first", () => {
    const { listing, paths } = begun();
    listing.order.value = "biggest";
    expect(paths()).toEqual(["data/big.csv", "run.py", "data/deep/small.csv"]);
  });

  it("of what is left out grows with what is unticked, as the tree is shown anew", () => {
    const { shown, listing, paths, root } = begun();
    listing.order.value = "left_out";
    expect(paths()).toEqual(["notes.txt"]);
    tick(find(root, "run.py") as Entry, false, "not wanted");
    addUp(root);
    shown.value = { root };
    expect(paths()).toEqual(["notes.txt", "run.py"]);
  });
});
