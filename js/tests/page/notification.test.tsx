import { act, fireEvent } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { JobView } from "../../src/contract";
import type { SubmitterTraits } from "../../src/submitter/contract";
import { FAILED, RUNNING } from "../fake_jobs";
import { IDLE } from "../fake_model";
import { settled, show } from "../show";
import { showRows } from "../show_monitor";

/** The browser's part. */
class Told {
  static all: { title: string; body: string; tag: string }[] = [];
  static asked = 0;
  static permission: NotificationPermission = "default";
  static answer: NotificationPermission = "granted";
  static async requestPermission() {
    Told.asked += 1;
    Told.permission = Told.answer;
    return Told.answer;
  }
  constructor(title: string, { body, tag }: { body: string; tag: string }) {
    Told.all.push({ title, body, tag });
  }
}

beforeEach(() => {
  Object.assign(Told, { all: [], asked: 0, permission: "default", answer: "granted" });
  vi.stubGlobal("Notification", Told);
});
afterEach(() => void vi.unstubAllGlobals());

const ended = {
  ...RUNNING,
  is_over: true,
  outcome: "failed",
  meaning: "It ran out of time.",
} as const;

async function showTold(revision = 2) {
  const shown = await showRows();
  const box = shown.field("Tell me when a job is done");
  const tick = async () => {
    await act(async () => void fireEvent.click(box));
    await settled();
  };
  const end = () => shown.answer({ kind: "changed", id: "", revision, rows: [ended], gone: [] });
  return { ...shown, box, tick, end };
}

describe("the notification that a job is done", () => {
  it("is not asked for, and not given, unless the user wants it", async () => {
    const { end } = await showTold();
    await end();
    expect(Told.asked).toBe(0);
    expect(Told.all).toEqual([]);
  });

  it("is asked for on the click, and tells each end once, as text", async () => {
    const { tick, end, box, answer } = await showTold();
    await tick();
    expect(Told.asked).toBe(1);
    expect(box.checked).toBe(true);
    await end();
    await answer({ kind: "changed", id: "", revision: 3, rows: [ended, FAILED], gone: [] });
    expect(Told.all).toEqual([
      {
        title: "Failed: CA1 fit, 200 cells",
        body: "Piz Daint · It ran out of time.",
        tag: `bspsa ${RUNNING.job_id}`,
      },
    ]);
  });

  it("is also given where the rows had to be read anew", async () => {
    const { tick, answer, model } = await showTold();
    await tick();
    await answer({ kind: "changed", id: "", revision: 9, rows: [], gone: [] });
    await answer({ kind: "rows", id: model.newest("rows").id, revision: 9, rows: [ended] });
    expect(Told.all.length).toBe(1);
  });

  it.each(["denied", "default"] as const)("that is %s is told in words", async (answer) => {
    Told.answer = answer;
    const { tick, box, end, page } = await showTold();
    await tick();
    expect(box.checked).toBe(false);
    expect(page.getByRole("alert").textContent).toMatch(/^△ Your browser/);
    await end();
    expect(Told.all).toEqual([]);
  });

  it("that was denied before is not asked for again", async () => {
    Told.permission = "denied";
    const { tick, text } = await showTold();
    await tick();
    expect(Told.asked).toBe(0);
    expect(text()).toContain("does not allow notifications of this page");
  });

  it("that the browser does not know is told in words", async () => {
    vi.stubGlobal("Notification", undefined);
    const { tick, box, text } = await showTold();
    await tick();
    expect(box.checked).toBe(false);
    expect(text()).toContain("This browser has no notifications");
  });

  it("that the browser knows by name only turns itself off", async () => {
    const { tick, box, end, text } = await showTold();
    await tick();
    vi.stubGlobal(
      "Notification",
      class {
        static permission = "granted";
        constructor() {
          throw new TypeError("Illegal constructor");
        }
      },
    );
    await end();
    await settled();
    expect(box.checked).toBe(false);
    expect(text()).toContain("This browser has no notifications");
  });

  it("ends as the tick is taken out", async () => {
    const { tick, end } = await showTold();
    await tick();
    await tick();
    await end();
    expect(Told.all).toEqual([]);
  });
});

describe("the panel's job", () => {
  const job = (changes: Partial<JobView> = {}): Partial<SubmitterTraits> => ({
    status: { ...IDLE, outcome: "accepted", headline: "Submitted." },
    job_view: {
      job_id: "A1",
      system: "Piz Daint",
      project: "",
      title: "CA1 fit",
      runtime: "",
      submitted: "",
      ended: "",
      stage: "RUNNING",
      meaning: "Running.",
      outcome: "",
      is_lost: false,
      stages: [],
      seen: [],
      checked: "",
      note: "",
      ...changes,
    },
  });

  it("is told of as it ends, where that is wanted, and no other job", async () => {
    const { field, model, page } = show(job());
    await act(async () => void fireEvent.click(field("Tell me when the job is done")));
    await settled();
    const change = (changes: Partial<JobView>) =>
      act(async () => model.change("job_view", job(changes).job_view as JobView));
    await change({ job_id: "B2", outcome: "succeeded" });
    expect(Told.all).toEqual([]);
    await change({ job_id: "A1" });
    await change({ outcome: "succeeded", meaning: "The results are ready." });
    expect(Told.all).toEqual([
      { title: "Done: CA1 fit", body: "Piz Daint · The results are ready.", tag: "bspsa A1" },
    ]);
    expect(page.queryByLabelText("Tell me when the job is done")).toBeNull();
  });
});
