/** When Python is asked what travels, and which answer counts. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BRIEF, createQuestion, QUIET } from "../../src/review/question";
import type { Answer } from "../../src/submitter/contract";
import { review } from "../fake_model";
import { formOf, turns } from "../submitter/form";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function asking() {
  const { model, sync } = formOf();
  const taken: Answer[] = [];
  const question = createQuestion(sync, (answer) => taken.push(answer));
  return { model, sync, taken, question };
}

describe("the question what travels", () => {
  it("takes the form along, with what was typed just now", () => {
    const { model, sync, question } = asking();
    sync.edit({ folder: "typed" }, "soon");
    question.ask();
    expect(model.saves).toBe(1);
    expect(model.last("review").form.folder).toBe("typed");
  });

  it("says that it is being looked only after a moment", async () => {
    const { model, taken, question } = asking();
    question.ask();
    expect(question.waiting.value).toBe("asked");
    vi.advanceTimersByTime(BRIEF);
    expect(question.waiting.value).toBe("looking");
    const answer = review(model.last("review").id);
    model.answer(answer);
    await turns();
    expect(taken).toEqual([answer]);
    expect(question.waiting.value).toBe("");
  });

  it("says that the kernel is busy, and keeps saying so", () => {
    const { sync, question } = asking();
    question.ask();
    sync.heart.tellBusy();
    vi.advanceTimersByTime(BRIEF);
    expect(question.waiting.value).toBe("busy");
  });

  it("takes the answer to the last one only", async () => {
    const { model, taken, question } = asking();
    question.ask();
    const first = model.last("review").id;
    question.ask();
    const answer = review(model.last("review").id);
    model.answer(review(first));
    model.answer(answer);
    await turns();
    expect(taken).toEqual([answer]);
  });

  it("is asked once after changes that follow each other quickly", () => {
    const { model, question } = asking();
    for (let change = 0; change < 5; change += 1) {
      question.askSoon();
      vi.advanceTimersByTime(QUIET - 1);
    }
    expect(model.sent).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(model.sent).toHaveLength(1);
  });

  it("that is dropped has no answer, and is not asked later on", async () => {
    const { model, taken, question } = asking();
    question.ask();
    question.askSoon();
    question.drop();
    model.answer(review(model.last("review").id));
    vi.advanceTimersByTime(QUIET);
    await turns();
    expect(taken).toEqual([]);
    expect(model.sent).toHaveLength(1);
    expect(question.waiting.value).toBe("");
  });
});
