/** What each system keeps for itself while another one is shown. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createDrafts, defaultDraft } from "../../src/submitter/drafts";
import { SYSTEMS } from "../fake_model";
import { formOf } from "./form";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a draft", () => {
  it("holds what is the system's own, and nothing else", () => {
    const { sync } = formOf();
    const drafts = createDrafts(sync);
    drafts.keep();
    const own = { project: "", options: {}, node_number: 2, core_number: 12, runtime: 2 };
    expect(drafts.of("pizdaint")).toEqual(own);
    expect(drafts.of("nsg")).toBeUndefined();
  });

  it("is kept after a moment of quiet, whoever changed the form", () => {
    const { model, sync } = formOf();
    const drafts = createDrafts(sync);
    model.change("node_number", 9);
    vi.advanceTimersByTime(100);
    model.change("runtime", 5);
    vi.advanceTimersByTime(100);
    expect(drafts.of("pizdaint")).toBeUndefined();
    vi.advanceTimersByTime(100);
    expect(drafts.of("pizdaint")).toMatchObject({ node_number: 9, runtime: 5 });
  });

  it("is not mixed with another system's, where Python sets one after the other", () => {
    const { model, sync } = formOf();
    const drafts = createDrafts(sync);
    drafts.keep();
    model.change("node_number", 1);
    model.change("hpc", "nsg");
    vi.advanceTimersByTime(1_000);
    expect(drafts.of("pizdaint")?.node_number).toBe(2);
    expect(drafts.of("nsg")?.node_number).toBe(1);
  });

  it("is not made any more as the view has gone", () => {
    const { model, sync } = formOf();
    const drafts = createDrafts(sync);
    drafts.stop();
    model.change("node_number", 9);
    vi.advanceTimersByTime(1_000);
    expect(drafts.of("pizdaint")).toBeUndefined();
  });
});

describe("the defaults of a system", () => {
  it("are those of its numbers, and none of the options", () => {
    const [, nsg] = SYSTEMS;
    if (!nsg) throw new Error("There is no second system.");
    expect(defaultDraft(nsg)).toMatchObject({ node_number: 1, runtime: 0.5 });
    expect(defaultDraft({ ...nsg, fields: [] })).toEqual({ project: "", options: {} });
  });
});
