/** Submit and Cancel. */
import { signal } from "@preact/signals";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createSubmission } from "../../src/submitter/submission";
import { IDLE } from "../fake_model";
import { formOf, reply, turns } from "./form";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function panel() {
  const { model, sync, surface } = formOf();
  const isShut = signal(false);
  const errors = { owe: vi.fn(), focus: vi.fn(), stop: vi.fn() };
  const submission = createSubmission(sync, { ...surface, isShut }, errors);
  return { model, sync, surface, isShut, errors, submission };
}

describe("Submit", () => {
  it("sends once, however often it is clicked", () => {
    const { model, submission } = panel();
    for (let click = 0; click < 3; click += 1) submission.submit();
    expect(model.sent).toHaveLength(1);
    expect([submission.ready.value, submission.underWay.value]).toEqual([false, true]);
  });

  it("sends nothing where no kernel answers, or a submission is under way", () => {
    const { model, isShut, submission } = panel();
    isShut.value = true;
    submission.submit();
    isShut.value = false;
    model.change("status", { ...IDLE, busy: true });
    submission.submit("again");
    expect(model.sent).toEqual([]);
  });

  it("is ready again after a refusal, and says why", async () => {
    const { model, errors, submission } = panel();
    submission.submit();
    model.answer(reply(model.last("submit").id, false, "Not now."));
    await turns();
    expect(submission.footNotice.value).toBe("Not now.");
    expect(submission.ready.value).toBe(true);
    expect(errors.owe).toHaveBeenCalledTimes(1);
    expect(errors.focus).toHaveBeenCalledTimes(1);
  });

  it("keeps a word about the cancel that came while it was under way", async () => {
    const { model, submission } = panel();
    submission.submit();
    const { id } = model.last("submit");
    submission.cancel();
    model.answer(reply(model.last("cancel").id, false, "Too late."));
    model.answer(reply(id));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(submission.footNotice.value).toBe("Too late.");
  });

  it("takes away what was said before, and code to copy", () => {
    const { surface, submission } = panel();
    surface.codeToCopy.value = "print()";
    submission.submit();
    expect(surface.codeToCopy.value).toBe("");
  });

  it("takes away what was said as Python begins", async () => {
    const { model, submission } = panel();
    submission.submit();
    model.answer(reply(model.last("submit").id, false, "Not now."));
    await turns();
    model.change("status", { ...IDLE, busy: true });
    expect(submission.footNotice.value).toBe("");
  });
});

describe("Cancel", () => {
  it("is sent once, and can be sent again once nothing is under way", () => {
    const { model, submission } = panel();
    model.change("status", { ...IDLE, busy: true, cancellable: true });
    submission.cancel();
    submission.cancel();
    expect(model.sent).toHaveLength(1);
    expect(submission.cancelling.value).toBe(true);
    model.change("status", IDLE);
    expect(submission.cancelling.value).toBe(false);
  });

  it("says why it was refused, and can be tried again", async () => {
    const { model, submission } = panel();
    model.change("status", { ...IDLE, busy: true, cancellable: true });
    submission.cancel();
    model.answer(reply(model.last("cancel").id, false, "It is sent already."));
    await turns();
    expect(submission.footNotice.value).toBe("It is sent already.");
    expect(submission.cancelling.value).toBe(false);
  });

  it("says that a busy kernel has not taken it yet", () => {
    const { sync, submission } = panel();
    submission.cancel();
    sync.heart.tellBusy();
    expect(submission.footNotice.value).toContain("has not taken the cancel");
  });
});
