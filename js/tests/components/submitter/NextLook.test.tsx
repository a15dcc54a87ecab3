import { act } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { JobView } from "../../../src/contract";
import type { Status } from "../../../src/submitter/contract";
import { FakeModel, IDLE, traits } from "../../fake_model";
import { later, show } from "../../show";

const LOOKING: Status = {
  ...IDLE,
  step: "reconciling",
  outcome: "unconfirmed",
  headline: "We don't know yet whether the job was accepted.",
  detail: "Nothing will be sent again.",
  record: "nb-abcdefghijklmnop",
  next_look: 12,
  actions: [{ kind: "look", label: "Look now", confirm: "" }],
};
/** How many timers a panel has that only waits. */
async function idleTimers(): Promise<number> {
  const { end } = show();
  await later(5_000);
  const count = vi.getTimerCount();
  end();
  return count;
}
const next = (el: HTMLElement) => el.querySelector(".b-next")?.textContent?.trim();

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("while a job is looked for", () => {
  it("the outcome is in doubt, and another job may be submitted", () => {
    const { el, button } = show({ status: LOOKING });
    expect(el.querySelector(".b-note")?.className).toBe("b-note b-warn");
    expect(button("Look now")).toBeTruthy();
    expect(button("Submit").getAttribute("aria-disabled")).toBe("false");
  });

  it("the seconds to the next look are counted down, and then it is looked", async () => {
    const idle = await idleTimers();
    const { el } = show({ status: LOOKING });
    expect(next(el)).toBe("Next check in 12 s.");
    await later(1_000);
    expect(next(el)).toBe("Next check in 11 s.");
    await later(10_000);
    expect(next(el)).toBe("Next check in 1 s.");
    await later(1_000);
    expect(next(el)).toBe("Checking…");
    await later(60_000);
    expect(next(el)).toBe("Checking…");
    expect(vi.getTimerCount()).toBe(idle);
  });

  it("each status starts the count anew, from the moment it came", async () => {
    const { model, el } = show({ status: LOOKING });
    await later(7_500);
    act(() => model.change("status", { ...LOOKING, next_look: 30 }));
    expect(next(el)).toBe("Next check in 30 s.");
    await later(10_000);
    expect(next(el)).toBe("Next check in 20 s.");
    await later(60_000);
    act(() => model.change("status", { ...LOOKING, next_look: 5 }));
    expect(next(el)).toBe("Next check in 5 s.");
    await later(2_000);
    expect(next(el)).toBe("Next check in 3 s.");
  });

  it("what else changes on the page leaves the count alone", async () => {
    const { model, el } = show({ status: LOOKING });
    await later(4_000);
    act(() => model.change("title", "another"));
    expect(next(el)).toBe("Next check in 8 s.");
  });

  it("the clock of the page may be set without moving the count", async () => {
    const { el } = show({ status: LOOKING });
    vi.setSystemTime(Date.now() + 3_600_000);
    await later(1_000);
    expect(next(el)).toBe("Next check in 11 s.");
  });

  it("and none is planned, it is being looked", () => {
    expect(next(show({ status: { ...LOOKING, next_look: 0 } }).el)).toBe("Checking…");
  });

  it("the words are said aloud once, the seconds and the looks never", async () => {
    const { model, page } = show();
    const region = page.getByRole("status");
    act(() => model.change("status", LOOKING));
    expect(region.textContent).toBe(LOOKING.headline);
    const said: (string | null)[] = [];
    const watch = new MutationObserver(() => said.push(region.textContent));
    watch.observe(region, { childList: true, characterData: true, subtree: true });
    await later(20_000);
    act(() => model.change("status", { ...LOOKING, next_look: 15, detail: "Looked twice." }));
    await later(20_000);
    watch.disconnect();
    expect(said).toEqual([]);
    expect(page.getByText(/Checking…/).closest("[aria-live], [role=alert]")).toBeNull();
  });

  it("the job of an earlier submission is not spoken of", () => {
    const job_view = { job_id: "J1", stage: "QUEUED", meaning: "Waiting for free nodes." };
    const { model, page, text } = show({ job_view: job_view as JobView });
    act(() => model.change("status", LOOKING));
    expect(page.getByRole("status").textContent).toBe(LOOKING.headline);
    expect(text()).not.toContain("J1");
  });
});

describe("when the looks are over", () => {
  it.each([
    ["another status came", { ...LOOKING, step: "over" as const, next_look: 0, actions: [] }],
    ["a job was submitted", { ...IDLE, busy: true, step: "checking" as const }],
  ])("as %s, there is no count and no timer", async (_name, status) => {
    const idle = await idleTimers();
    const { model, el } = show({ status: LOOKING });
    act(() => model.change("status", status));
    await later(300);
    expect(next(el)).toBeUndefined();
    expect(vi.getTimerCount()).toBe(idle);
  });

  it("as the view is gone, no timer stays", () => {
    const { end } = show({ status: LOOKING });
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    end();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a model from before there were records", () => {
  it("is shown as it is", () => {
    const { next_look, record, actions, ...status } = LOOKING;
    const { records, ...before } = traits({ status: status as Status });
    const model = new FakeModel(before as ReturnType<typeof traits>);
    const { el, page } = show({}, model);
    expect(el.querySelector(".b-title")?.textContent).toBe(LOOKING.headline);
    expect(page.queryByText(/Earlier submissions/)).toBeNull();
  });
});
