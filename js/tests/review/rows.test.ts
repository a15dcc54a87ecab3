import { describe, expect, it } from "vitest";
import { biggest, flatRows, leftOut, treeRows } from "../../src/review/rows";
import { addUp, type Entry, tick, tickOf, treeOf } from "../../src/review/tree";
import type { Review } from "../../src/submitter/contract";
import { review } from "../fake_model";

const FOUND: Partial<Review> = {
  files: [
    ["Data/b.csv", 20],
    ["Data/deep/c.csv", 300],
    ["a.py", 1],
    ["cache/kept.bin", 7],
  ],
  left_out: [
    { path: "Data/x.log", reason: "ignored by .gitignore", size: 5, may: "yes", by_user: false },
    { path: "a~", reason: "not wanted", size: 9, may: "yes", by_user: true },
    { path: "cache/", reason: "a cache", size: null, may: "yes", by_user: false },
    { path: "empty/.hidden", reason: "hidden", size: 2, may: "yes", by_user: false },
  ],
};
const tree = (changes: Partial<Review> = {}) => treeOf(review("1", { ...FOUND, ...changes }));
const paths = (rows: { entry: Entry }[]) => rows.map(({ entry }) => entry.path);
const below = (root: Entry, path: string) =>
  path.split("/").reduce((above, name) => {
    const found = above.below.find((one) => one.name === name);
    if (!found) throw new Error(`There is no ${name}.`);
    return found;
  }, root);

describe("the tree", () => {
  it("has folders first, and sums of what travels", () => {
    const root = tree();
    expect(root.below.map(({ name }) => name)).toEqual(["Data", "cache", "empty", "a.py", "a~"]);
    expect([root.files, root.bytes, root.staying, root.byUser]).toEqual([4, 328, 4, 1]);
    expect([below(root, "Data").files, below(root, "Data").bytes]).toEqual([2, 320]);
  });

  it("ticks a folder by what the user leaves out of it, not by what the rules do", () => {
    const root = tree();
    const data = below(root, "Data");
    expect(tickOf(data)).toBe("true");
    expect(tickOf(below(root, "cache"))).toBe("mixed");
    expect(tickOf(below(root, "empty"))).toBe("false");
    tick(below(root, "Data/b.csv"), false, "not wanted");
    addUp(root);
    expect(tickOf(data)).toBe("mixed");
    tick(data, false, "not wanted");
    addUp(root);
    expect(tickOf(data)).toBe("false");
    expect([root.files, root.staying]).toEqual([2, 4]);
    tick(data, true, "not wanted");
    addUp(root);
    expect(tickOf(data)).toBe("true");
    expect(below(root, "Data/x.log").isOn).toBe(false);
    expect(root.files).toBe(4);
  });

  it("has room for a path of a thousand folders", () => {
    const path = `${"d/".repeat(1000)}f`;
    expect(tree({ files: [[path, 3]], left_out: [] }).bytes).toBe(3);
  });
});

describe("the rows", () => {
  it("go into unfolded folders, and count those beside them", () => {
    const rows = treeRows(tree(), "", new Set(["Data"]));
    expect(paths(rows).slice(0, 5)).toEqual([
      "Data",
      "Data/deep",
      "Data/b.csv",
      "Data/x.log",
      "cache",
    ]);
    expect(rows[2]).toMatchObject({ place: 2, count: 3 });
  });

  it("filtered, show matches of any case with the folders above, unfolded", () => {
    expect(paths(treeRows(tree(), "C.CSV", new Set()))).toEqual([
      "Data",
      "Data/deep",
      "Data/deep/c.csv",
    ]);
    expect(paths(treeRows(tree(), "hidden", new Set()))).toEqual(["empty", "empty/.hidden"]);
    expect(paths(treeRows(tree(), "data/deep", new Set()))).toHaveLength(3);
  });

  it("by size, have what travels or could at once", () => {
    expect(paths(flatRows(biggest(tree()), ""))).toEqual([
      "Data/deep/c.csv",
      "Data/b.csv",
      "a~",
      "cache/kept.bin",
      "a.py",
    ]);
    expect(paths(flatRows(biggest(tree()), "CSV"))).toHaveLength(2);
  });

  it("of what is left out, have nothing else", () => {
    expect(paths(flatRows(leftOut(tree()), ""))).toEqual([
      "Data/x.log",
      "cache",
      "empty/.hidden",
      "a~",
    ]);
  });
});

describe("with 20,000 files", () => {
  const files: Review["files"] = Array.from({ length: 20_000 }, (_, index) => [
    `run_${Math.floor(index / 200)}/part_${index % 10}/trace_${index}.dat`,
    index,
  ]);

  it("the tree is built, and filtered at each key, quickly", () => {
    const median = (work: () => void) => {
      const times = Array.from({ length: 9 }, () => {
        const start = performance.now();
        work();
        return performance.now() - start;
      });
      return times.sort((one, other) => one - other)[4] ?? 0;
    };
    const root = tree({ files });
    const build = median(() => tree({ files }));
    const filter = median(() => treeRows(root, "trace_1", new Set()));
    const sums = median(() => addUp(root));
    const sort = median(() => flatRows(biggest(root), "trace_1"));
    expect(Math.max(filter, sums, sort)).toBeLessThan(50);
    expect(build).toBeLessThan(200);
  });
});
