/** What an open review shows: an answer of Python's, as a tree that ticks change. */
import type { Answer, Review } from "../submitter/contract";
import type { Entry } from "./tree";

export interface Shown {
  /** The last answer; null before the first. */
  review: Review | null;
  root: Entry | null;
  error: string;
}

/**
 * What is shown after an answer. What was shown before stays where there is no tree, so that the
 * tick that was in the way can be taken back.
 */
export function shownAfter(before: Shown | null, answer: Answer, root: Entry | null): Shown {
  if (answer.kind === "review" && root) return { review: answer, root, error: "" };
  const error =
    answer.kind === "reply" ? answer.message : answer.kind === "review" ? answer.error : "";
  return { review: before?.review ?? null, root: before?.root ?? null, error };
}

/** Bytes of the zip, roughly, as far as that can be said between two answers. */
export function estimateOf(shown: Shown | null): number | null {
  const { review = null, root = null } = shown ?? {};
  if (!review || !root || review.estimate === null) return null;
  return review.size > 0 ? (review.estimate * root.bytes) / review.size : review.estimate;
}
