/** The tabs of a job's details. */
import { describe, expect, it, vi } from "vitest";
import { createTabs, type Tab } from "../../src/monitor/tabs";

function tabs(first: Tab = "overview") {
  const output = { start: vi.fn(), leave: vi.fn() };
  const results = { read: vi.fn() };
  return { output, results, ...createTabs(first, output, results) };
}

describe("what a tab shows", () => {
  it("is asked for once the details have come", () => {
    const { output, show, begin } = tabs("output");
    show();
    expect(output.start).not.toHaveBeenCalled();
    begin();
    expect(output.start).toHaveBeenCalledTimes(1);
  });

  it("is not asked for where they came too late to be seen", () => {
    const { output, show, leave, begin } = tabs("output");
    show();
    leave();
    begin();
    expect(output.start).not.toHaveBeenCalled();
  });

  it("is asked for as its tab is chosen", () => {
    const { output, results, choose, show, begin } = tabs();
    show();
    choose("files");
    expect(results.read).not.toHaveBeenCalled();
    begin();
    expect(results.read).toHaveBeenCalledTimes(1);
    choose("output");
    expect(output.start).toHaveBeenCalledTimes(1);
    choose("record");
    expect(results.read).toHaveBeenCalledTimes(1);
  });

  it("is asked for once, however often its tab is chosen", () => {
    const { results, choose, show, begin } = tabs();
    show();
    begin();
    choose("files");
    choose("files");
    expect(results.read).toHaveBeenCalledTimes(1);
  });

  it("is followed no more as another tab is chosen, or the job is left", () => {
    const { output, choose, leave } = tabs("output");
    choose("overview");
    expect(output.leave).toHaveBeenCalledTimes(1);
    leave();
    expect(output.leave).toHaveBeenCalledTimes(1);
    choose("output");
    leave();
    expect(output.leave).toHaveBeenCalledTimes(2);
  });
});
