import { describe, expect, it } from "vitest";
import { choiceFor, leave, leavePaths, take } from "../../src/review/choosing";
import { type Entry, find, treeOf } from "../../src/review/tree";
import type { FileChoice, Review } from "../../src/submitter/contract";
import { review } from "../fake_model";

const NONE: FileChoice = { folder: "f", include: [], exclude: [], include_secrets: [] };
const out = (path: string, reason: string, may: "yes" | "ask" | "no" = "yes") => ({
  path,
  reason,
  size: 1,
  may,
  by_user: false,
});
/** In other words than Python's: they decide nothing. */
const outByUser = (path: string) => ({ ...out(path, "not wanted"), by_user: true });

function entry(path: string, found: Partial<Review>): Entry {
  const sought = find(treeOf(review("1", found)), path);
  if (!sought) throw new Error(`There is no ${path}.`);
  return sought;
}

const FILES: Review["files"] = [
  ["a.py", 1],
  ["data/b.csv", 2],
  ["data/deep/c.csv", 3],
  ["database.py", 4],
];

describe("a choice", () => {
  it("counts for its own folder only", () => {
    const choice = { ...NONE, exclude: ["a"] };
    expect(choiceFor(choice, "f")).toBe(choice);
    expect(choiceFor(choice, "g")).toEqual({ ...NONE, folder: "g" });
  });
});

describe("unticking", () => {
  it("a file excludes it", () => {
    expect(leave(NONE, entry("a.py", { files: FILES })).exclude).toEqual(["a.py"]);
  });

  it("a folder excludes it in one, with what was said of anything in it", () => {
    const before = { ...NONE, exclude: ["a.py", "data/b.csv", "./data/deep/"] };
    const choice = leave(before, entry("data", { files: FILES }));
    expect(choice.exclude).toEqual(["a.py", "data/"]);
  });

  it("a folder leaves one alone that only begins like it", () => {
    const before = { ...NONE, exclude: ["database.py"], include: ["data.bak"] };
    const choice = leave(before, entry("data", { files: FILES }));
    expect(choice).toEqual({ ...NONE, exclude: ["database.py", "data/"], include: ["data.bak"] });
  });

  it("what was taken along leaves it to the rule again", () => {
    const before = { ...NONE, include: ["a.py", "data"], include_secrets: ["./database.py"] };
    expect(leave(before, entry("a.py", { files: FILES })).exclude).toEqual([]);
    expect(leave(before, entry("data", { files: FILES }))).toEqual({
      ...before,
      include: ["a.py"],
    });
    expect(leave(before, entry("database.py", { files: FILES })).include_secrets).toEqual([]);
  });

  it("one of what was taken along as a folder excludes it", () => {
    const before = { ...NONE, include: ["data/"] };
    const choice = leave(before, entry("data/deep", { files: FILES }));
    expect(choice).toEqual({ ...before, exclude: ["data/deep/"] });
  });

  it("a folder of which all was taken along file by file excludes nothing", () => {
    const found = { files: FILES, left_out: [out("data/", "ignored by .gitignore")] };
    const before = { ...NONE, include: ["data/b.csv", "data/deep/"] };
    expect(leave(before, entry("data", found))).toEqual(NONE);
  });

  it("a folder of which only some was taken along excludes it", () => {
    const before = { ...NONE, include: ["data/b.csv"] };
    expect(leave(before, entry("data", { files: FILES }))).toEqual({ ...NONE, exclude: ["data/"] });
  });
});

describe("ticking", () => {
  it("undoes an exclusion, of a folder with all below", () => {
    const left_out = [outByUser("a.py"), outByUser("data/deep/")];
    const before = { ...NONE, exclude: ["./a.py", "data/deep/"] };
    const found = { files: FILES.slice(1, 2), left_out };
    expect(take(before, entry("a.py", found), false).exclude).toEqual(["data/deep/"]);
    expect(take(before, entry("data", found), false).exclude).toEqual(["./a.py"]);
  });

  it.each([
    ["a file", "x.log", out("x.log", "ignored by .gitignore"), "x.log"],
    ["a folder", "old", out("old/", "hidden"), "old/"],
  ])("takes %s along that a rule leaves out", (_, path, left_out, written) => {
    const found = entry(path, { left_out: [left_out] });
    expect(take(NONE, found, false)).toEqual({ ...NONE, include: [written] });
  });

  it("names a secret apart", () => {
    const found = entry(".env", { left_out: [out(".env", "looks like a secret", "ask")] });
    expect(take(NONE, found, true)).toEqual({ ...NONE, include_secrets: [".env"] });
  });
});

describe("leaving out what cannot travel", () => {
  it("names each once, and takes it from what is taken along", () => {
    const before = { ...NONE, include: ["pipe"], exclude: ["x"] };
    expect(leavePaths(before, ["pipe", "x", "d/"])).toEqual({
      ...NONE,
      exclude: ["x", "pipe", "d/"],
    });
  });
});
