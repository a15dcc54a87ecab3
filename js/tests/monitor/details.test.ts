/** A job's details, asked for and told. */
import { signal } from "@preact/signals";
import { describe, expect, it, vi } from "vitest";
import { BUSY_ASKED } from "../../src/kernel/liveness";
import type { Message } from "../../src/monitor/contract";
import { createDetails } from "../../src/monitor/details";
import { QUIET } from "../../src/monitor/notice";
import { DONE, details as detailsOf, RUNNING, reply } from "../fake_jobs";
import { modelOf, turns } from "./job";

function asking() {
  const { model, sync, key } = modelOf();
  const notice = signal(QUIET);
  const onEnd = vi.fn();
  const { details, ask, takeDetails } = createDetails(sync, key, notice, onEnd);
  const answers: (Message | null)[] = [];
  ask().then((answer) => answers.push(answer));
  return { model, sync, notice, onEnd, details, takeDetails, answers };
}

const OVER = { ...RUNNING, outcome: "succeeded" as const, is_over: true };

describe("the details of a job", () => {
  it("are asked for, with a word where the kernel is busy", async () => {
    const { model, sync, notice, answers } = asking();
    sync.heart.tellBusy();
    expect(notice.value).toEqual({ words: BUSY_ASKED, isBad: true });
    const answer = detailsOf(model.newest("open").id, RUNNING);
    model.answer(answer);
    await turns();
    expect(answers).toEqual([answer]);
    expect(notice.value).toEqual(QUIET);
  });

  it("are none where Python would not tell", async () => {
    const { model, notice, answers } = asking();
    model.answer(reply(model.newest("open").id, false, "No such job."));
    await turns();
    expect(answers).toEqual([null]);
    expect(notice.value).toEqual({ words: "No such job.", isBad: true });
  });

  it("are none where nothing is known of the job at all", async () => {
    const { model, notice, answers } = asking();
    const view = {} as never;
    model.answer(detailsOf(model.newest("open").id, RUNNING, { view, error: "Not reachable." }));
    await turns();
    expect(answers).toEqual([null]);
    expect(notice.value.words).toBe("Not reachable.");
  });

  it("are those of this job only", () => {
    const { details, takeDetails } = asking();
    takeDetails(detailsOf("", DONE));
    takeDetails(reply(""));
    expect(details.value).toBeNull();
    takeDetails(detailsOf("", RUNNING));
    expect(details.value?.key).toBe(RUNNING.key);
  });

  it("tell once that the job has ended, and not where it was over before", () => {
    const { takeDetails, onEnd } = asking();
    takeDetails(detailsOf("", RUNNING));
    expect(onEnd).not.toHaveBeenCalled();
    takeDetails(detailsOf("", OVER));
    takeDetails(detailsOf("", OVER));
    expect(onEnd).toHaveBeenCalledTimes(1);
    const another = asking();
    another.takeDetails(detailsOf("", OVER));
    expect(another.onEnd).not.toHaveBeenCalled();
  });
});
