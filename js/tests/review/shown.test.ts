/** What a review shows after an answer. */
import { describe, expect, it } from "vitest";
import { estimateOf, type Shown, shownAfter } from "../../src/review/shown";
import { treeOf } from "../../src/review/tree";
import { review } from "../fake_model";

const ANSWER = review("1", { files: [["a", 100]], size: 200, estimate: 50 });
const SHOWN: Shown = { review: ANSWER, root: treeOf(ANSWER), error: "" };

describe("an answer", () => {
  it("is shown with its tree", () => {
    const root = treeOf(ANSWER);
    expect(shownAfter(null, ANSWER, root)).toEqual({ review: ANSWER, root, error: "" });
  });

  it("without a tree leaves the one before, and says why", () => {
    const failed = review("2", { error: "The folder is gone." });
    expect(shownAfter(SHOWN, failed, null)).toEqual({ ...SHOWN, error: "The folder is gone." });
    const refused = { kind: "reply", id: "2", ok: false, message: "No kernel." } as const;
    expect(shownAfter(SHOWN, refused, null)).toEqual({ ...SHOWN, error: "No kernel." });
    expect(shownAfter(null, refused, null)).toEqual({
      review: null,
      root: null,
      error: "No kernel.",
    });
  });
});

describe("the estimate of the zip", () => {
  it("shrinks with what is unticked since", () => {
    expect(estimateOf(SHOWN)).toBe(25);
  });

  it("is Python's where nothing has a size", () => {
    const empty = review("1", { estimate: 22 });
    expect(estimateOf({ review: empty, root: treeOf(empty), error: "" })).toBe(22);
  });

  it("is not known where Python knows none, or nothing is shown", () => {
    const none = review("1", { files: [["a", 1]] });
    expect(estimateOf({ review: none, root: treeOf(none), error: "" })).toBeNull();
    expect(estimateOf(null)).toBeNull();
    expect(estimateOf({ review: null, root: null, error: "" })).toBeNull();
  });
});
