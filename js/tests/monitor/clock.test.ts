/** The monitor's time. */
import { signal } from "@preact/signals";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createClock } from "../../src/monitor/clock";
import type { Condition } from "../../src/monitor/contract";
import { LIVE } from "../fake_jobs";

const NOW = "2026-11-25T12:00:00.000Z";
const EARLIER = "2026-11-25T11:00:00.000Z";
const LATER = "2026-11-25T11:30:00.000Z";

beforeEach(() => void vi.useFakeTimers({ now: new Date(NOW) }));
afterEach(() => void vi.useRealTimers());

function clock(saved: string, condition: Partial<Condition>, isLive: boolean) {
  const traits = {
    saved: signal({ at: saved, rows: [] }),
    condition: signal({ ...LIVE, ...condition }),
  };
  const { knownAt, asOf, now, stop } = createClock(traits, signal(isLive));
  const asOfText = () => new Date(asOf.value).toISOString();
  return { knownAt, asOfText, now, stop };
}

describe("what is shown", () => {
  it.each([
    [EARLIER, LATER, LATER],
    [LATER, EARLIER, LATER],
    ["", LATER, LATER],
    [EARLIER, "", EARLIER],
    ["", "", ""],
    ["odd", EARLIER, EARLIER],
  ])("saved at %j and checked at %j was known at %j", (saved, checked, known) => {
    expect(clock(saved, { checked }, false).knownAt.value).toBe(known);
  });

  it("is as of now while it is live", () => {
    expect(clock(EARLIER, { checked: LATER }, true).asOfText()).toBe(NOW);
  });

  it("is as of the last look where it is old, or no kernel answers", () => {
    expect(clock("", { state: "old", checked: EARLIER }, true).asOfText()).toBe(EARLIER);
    expect(clock(LATER, { checked: EARLIER }, false).asOfText()).toBe(LATER);
  });
});

describe("now", () => {
  it("goes on each second, until the view goes", () => {
    const { now, stop } = clock("", {}, true);
    const start = now.value;
    vi.advanceTimersByTime(3_000);
    expect(now.value - start).toBe(3_000);
    stop();
    vi.advanceTimersByTime(3_000);
    expect(now.value - start).toBe(3_000);
  });
});
