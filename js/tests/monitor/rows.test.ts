import { describe, expect, it } from "vitest";
import { entryOf, matching, outcomeOf, shortId, sorted } from "../../src/monitor/rows";
import { manyRows, ROWS, row } from "../fake_jobs";

const ALL = { text: "", hpc: "", project: "", show: "" };
const titles = (entries: { title: string }[]) => entries.map(({ title }) => title);

describe("rows", () => {
  const entries = ROWS.map(entryOf);

  it.each([
    [{ hpc: "nsg" }, 2],
    [{ project: "bsp_pizdaint_01" }, 1],
    [{ show: "open" }, 1],
    [{ show: "over" }, 2],
    [{ show: "failed" }, 1],
    [{ show: "succeeded" }, 1],
    [{ show: "cancelled" }, 0],
    [{ show: "stage:COMPLETED" }, 2],
    [{ show: "stage:completed" }, 0],
    [{ text: "  SWEEP   failed " }, 1],
    [{ text: "sweep", hpc: "pizdaint" }, 0],
  ])("that match %o are %i", (wanted, count) => {
    expect(matching(entries, { ...ALL, ...wanted }).length).toBe(count);
  });

  it("sort by each column, both ways round", () => {
    const list = [
      row({ title: "cell 10", stage: "B", submitted: "2026-11-20T10:00:00Z", used: 2 }),
      row({ title: "cell 9", stage: "A", submitted: "2026-11-21T10:00:00Z", used: 10 }),
      row({ title: "Cell 1", stage: "C", submitted: "2026-11-22T10:00:00Z", used: 1 }),
    ].map(entryOf);
    const by = (column: "title" | "stage" | "submitted" | "runtime", isDown: boolean) =>
      titles(sorted(list, { column, isDown }));
    expect(by("title", false)).toEqual(["Cell 1", "cell 9", "cell 10"]);
    expect(by("title", true)).toEqual(["cell 10", "cell 9", "Cell 1"]);
    expect(by("stage", false)).toEqual(["cell 9", "cell 10", "Cell 1"]);
    expect(by("submitted", true)).toEqual(["Cell 1", "cell 9", "cell 10"]);
    expect(by("runtime", false)).toEqual(["Cell 1", "cell 10", "cell 9"]);
  });

  it("that are not known come last, whichever way round", () => {
    const list = [
      row({ title: "unknown", submitted: "once", used: null, asked: null }),
      row({ title: "known" }),
    ].map(entryOf);
    for (const column of ["submitted", "runtime"] as const)
      for (const isDown of [true, false])
        expect(titles(sorted(list, { column, isDown }))).toEqual(["known", "unknown"]);
  });

  it("that are alike come newest first", () => {
    const list = [row({ submitted: "2026-11-20T10:00:00Z", title: "old" }), row({ title: "new" })];
    for (const isDown of [true, false])
      expect(titles(sorted(list.map(entryOf), { column: "stage", isDown }))).toEqual([
        "new",
        "old",
      ]);
  });

  it("of the same second are in the order in which the service got them", () => {
    const submitted = "2026-11-20T10:00:00Z";
    const list = [
      row({ submitted, number: 2, job_id: "A" }),
      row({ submitted, number: 10, job_id: "B" }),
      row({ submitted, number: 9, job_id: "C" }),
    ].map(entryOf);
    const ids = (column: "stage" | "submitted", isDown: boolean) =>
      sorted(list, { column, isDown }).map((entry) => entry.row.job_id);
    expect(ids("submitted", true)).toEqual(["B", "C", "A"]);
    expect(ids("submitted", false)).toEqual(["A", "C", "B"]);
    for (const isDown of [true, false]) expect(ids("stage", isDown)).toEqual(["B", "C", "A"]);
  });

  it("have an outcome in a word, and a short id that ends as folders do", () => {
    expect(outcomeOf({ outcome: "", is_over: false, is_lost: false })).toBe("Open");
    expect(outcomeOf({ outcome: "", is_over: true, is_lost: false })).toBe("Over");
    expect(outcomeOf({ outcome: "strange" as never, is_over: true, is_lost: false })).toBe("Over");
    expect(shortId("AF17D39A-9E15-4FE3-9F84-0EAEB4CC94AA")).toBe("…B4CC94AA");
    expect(shortId("12345")).toBe("12345");
  });

  it("in their thousands are filtered at each key, and sorted, quickly", () => {
    const many = manyRows(10_000).map(entryOf);
    const start = performance.now();
    for (const text of ["s", "sw", "sweep 9", "9 failed", ""]) matching(many, { ...ALL, text });
    sorted(many, { column: "title", isDown: false });
    expect(performance.now() - start).toBeLessThan(1_500); // of a busy machine; else a tenth
  });
});
