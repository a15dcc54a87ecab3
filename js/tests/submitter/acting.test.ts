/** What the buttons of a submission stand for. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { BUSY_ASKED } from "../../src/kernel/liveness";
import { createActing } from "../../src/submitter/acting";
import type { FormEditing } from "../../src/submitter/form_editing";
import type { Submission } from "../../src/submitter/submission";
import { formOf, reply, turns } from "./form";

afterEach(() => void vi.restoreAllMocks());

function acting(isReady = true) {
  const { model, sync, surface } = formOf();
  const form = { keepDraft: vi.fn() } as unknown as FormEditing;
  const submit = vi.fn(async () => {});
  const submission = { ready: { value: isReady }, submit } as unknown as Submission;
  const to = vi.spyOn(surface.focus, "to");
  const said: string[] = [];
  const act = createActing(sync, surface, form, submission);
  return {
    ...{ model, sync, surface, form, submit, to, said },
    act: (kind: Parameters<typeof act>[0]) => act(kind, "nb-1", (words) => said.push(words)),
  };
}

describe("a button", () => {
  it("asks Python for its record, after what was typed was kept", () => {
    const { model, form, act } = acting();
    act("look");
    expect(model.last("look").record).toBe("nb-1");
    expect(form.keepDraft).toHaveBeenCalledTimes(1);
  });

  it("tells that the kernel is busy, and then why it was refused", async () => {
    const { model, sync, said, act } = acting();
    act("close");
    sync.heart.tellBusy();
    model.answer(reply(model.last("close").id, false, "It is open elsewhere."));
    await turns();
    expect(said).toEqual(["", BUSY_ASKED, "It is open elsewhere."]);
  });

  it("that uses a record's settings shows the form, where they came", async () => {
    const { model, surface, to, act } = acting();
    act("use");
    model.answer(reply(model.last("use").id, false, "It is gone."));
    await turns();
    expect(to).not.toHaveBeenCalled();
    act("use");
    model.answer(reply(model.last("use").id));
    await turns();
    expect(to).toHaveBeenCalledExactlyOnceWith("hpc");
    expect(surface.announcement.value).toBe("The form has these settings now.");
  });
});

describe("Submit again", () => {
  it("submits the form, with the focus at Submit", async () => {
    const { model, submit, to, act } = acting();
    await act("again");
    expect(submit).toHaveBeenCalledExactlyOnceWith("again");
    expect(to).toHaveBeenCalledExactlyOnceWith("submit");
    expect(model.sent).toEqual([]);
  });

  it("does nothing while a submission is under way", async () => {
    const { submit, to, act } = acting(false);
    await act("again");
    expect(submit).not.toHaveBeenCalled();
    expect(to).not.toHaveBeenCalled();
  });
});
