/** The job that the status is about, and its end. */
import { signal } from "@preact/signals";
import { describe, expect, it, vi } from "vitest";
import type { JobView } from "../../src/contract";
import { jobOf, watchEnd } from "../../src/submitter/current_job";
import { RUNNING, viewOf } from "../fake_jobs";
import { IDLE } from "../fake_model";

const JOB = viewOf(RUNNING);

describe("the job of a status", () => {
  it.each(["", "accepted"] as const)("is the one that is followed, after %j", (outcome) => {
    expect(jobOf({ ...IDLE, outcome }, JOB)).toBe(JOB);
    expect(jobOf({ ...IDLE, outcome }, {})).toBeNull();
  });

  it.each(["refused", "not_sent", "unconfirmed"] as const)(
    "is none after %j: the one that is followed is of an earlier submission",
    (outcome) => {
      expect(jobOf({ ...IDLE, outcome }, JOB)).toBeNull();
    },
  );
});

describe("the end of a job", () => {
  function watched(first: JobView | Record<string, never>) {
    const job_view = signal(first);
    const tell = vi.fn();
    const stop = watchEnd({ job_view }, { tell } as never);
    return { job_view, tell, stop };
  }
  const DONE: JobView = { ...JOB, outcome: "succeeded", stage: "SUCCESSFUL", meaning: "" };

  it("is told once, in the words of the list", () => {
    const { job_view, tell } = watched(JOB);
    job_view.value = DONE;
    job_view.value = { ...DONE, note: "A later look." };
    const words = "Piz Daint · SUCCESSFUL";
    const told = { job: JOB.job_id, title: JOB.title, word: "Done", words };
    expect(tell).toHaveBeenCalledExactlyOnceWith(told);
  });

  it("is not told of one that was over as the panel opened, or as it was first seen", () => {
    const { job_view, tell } = watched({});
    job_view.value = DONE;
    job_view.value = { ...DONE };
    expect(tell).not.toHaveBeenCalled();
  });

  it("is not told of another job than the one before", () => {
    const { job_view, tell } = watched(JOB);
    job_view.value = { ...DONE, job_id: "another" };
    expect(tell).not.toHaveBeenCalled();
  });

  it("is not told any more as the view has gone", () => {
    const { job_view, tell, stop } = watched(JOB);
    stop();
    job_view.value = DONE;
    expect(tell).not.toHaveBeenCalled();
  });
});
