import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EVERY, watchPresence } from "../src/presence";

const look = (state: DocumentVisibilityState) => {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(state);
  document.dispatchEvent(new Event("visibilitychange"));
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("that somebody looks", () => {
  it("is said each minute while the page is to be seen", () => {
    const say = vi.fn();
    const stop = watchPresence(say);
    vi.advanceTimersByTime(3 * EVERY);
    expect(say).toHaveBeenCalledTimes(3);
    stop();
    vi.advanceTimersByTime(3 * EVERY);
    expect(say).toHaveBeenCalledTimes(3);
  });

  it("is not said of a page that is hidden, and at once as it is seen again", () => {
    const say = vi.fn();
    const stop = watchPresence(say);
    look("hidden");
    vi.advanceTimersByTime(60 * EVERY);
    expect(say).not.toHaveBeenCalled();
    look("visible");
    expect(say).toHaveBeenCalledTimes(1);
    stop();
    look("visible");
    expect(say).toHaveBeenCalledTimes(1);
  });
});
