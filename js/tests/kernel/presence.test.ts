// @vitest-environment happy-dom
import { signal } from "@preact/signals";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Hello } from "../../src/contract";
import { hostOf } from "../../src/kernel/host";
import { EVERY, watchPresence } from "../../src/kernel/presence";
import { createFormSync } from "../../src/submitter/form_sync";
import { COMM, FakeModel, traits } from "../fake_model";

const look = (state: DocumentVisibilityState) => {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(state);
  document.dispatchEvent(new Event("visibilitychange"));
};

/** What a view has said. */
class Speaker {
  readonly model = new FakeModel(traits());
  readonly hello = signal<Hello | null>(null);
  readonly host = hostOf(this.model as never);
  readonly greet = vi.fn();
  readonly leave = vi.fn();
  isHeard = true;
  readonly stop = watchPresence(this, () => this.isHeard);

  /** Python answers. */
  answer(): void {
    this.hello.value = { kind: "hello", id: "", comm: COMM, under_way: [] };
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("that somebody looks", () => {
  it("is said each minute while the page is to be seen", () => {
    const view = new Speaker();
    vi.advanceTimersByTime(3 * EVERY);
    expect(view.greet).toHaveBeenCalledTimes(3);
    view.stop();
    vi.advanceTimersByTime(3 * EVERY);
    expect(view.greet).toHaveBeenCalledTimes(3);
  });

  it("is not said of a page that is hidden, and at once as it is seen again", () => {
    const view = new Speaker();
    look("hidden");
    vi.advanceTimersByTime(60 * EVERY);
    expect(view.greet).not.toHaveBeenCalled();
    look("visible");
    expect(view.greet).toHaveBeenCalledTimes(1);
    view.stop();
    look("visible");
    expect(view.greet).toHaveBeenCalledTimes(1);
  });

  it("is not said where no kernel answers", () => {
    const view = new Speaker();
    view.isHeard = false;
    vi.advanceTimersByTime(3 * EVERY);
    view.stop();
    expect(view.greet).not.toHaveBeenCalled();
    expect(view.leave).not.toHaveBeenCalled();
  });
});

describe("that a view goes", () => {
  it.each([
    ["its cell ran again", [COMM], ["another"], true],
    ["the notebook was closed", [COMM], [COMM], false],
    ["it was in a box of other widgets", ["box"], [], false],
    ["the page knows no notebook", undefined, undefined, false],
    ["the notebook is out of sight by then", [COMM], undefined, false],
  ])("is said, and whether its output is gone: %s", (_why, before, after, isGone) => {
    const view = new Speaker();
    view.model.shown = before;
    view.answer();
    view.model.shown = after;
    view.stop();
    expect(view.leave.mock.calls).toEqual([[isGone]]);
  });

  it("is said as the page is closed, and taken back as it comes back", () => {
    const view = new Speaker();
    window.dispatchEvent(new Event("pagehide"));
    expect(view.leave.mock.calls).toEqual([[false]]);
    window.dispatchEvent(new Event("pageshow"));
    expect(view.greet).toHaveBeenCalledTimes(1);
    view.stop();
  });
});

describe("the messages of a view", () => {
  it("name it, and tell it from the others of the widget", () => {
    const model = new FakeModel(traits());
    const views = [createFormSync(model.asModel()), createFormSync(model.asModel())];
    for (const { heart } of views) heart.greet();
    for (const { heart } of views) heart.leave(true);
    const [first, second, ...again] = model.views;
    expect(again).toEqual([first, second]);
    expect(first).not.toBe(second);
    expect(model.byes.map(({ is_gone }) => is_gone)).toEqual([true, true]);
  });
});
