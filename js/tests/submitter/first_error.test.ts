/** The focus goes to the first wrong field, where that is owed. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Focus } from "../../src/page/focus";
import { createFirstError } from "../../src/submitter/first_error";
import { IDLE } from "../fake_model";
import { formOf } from "./form";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function owed({ hpc = "pizdaint", isFree = true, isOtherTool = false } = {}) {
  const { model, sync } = formOf({ hpc });
  const to = vi.fn();
  const focus = { to, isFree: () => isFree } as unknown as Focus;
  const first = createFirstError(sync.traits, focus, () => isOtherTool);
  return { model, to, first };
}

describe("the focus", () => {
  it("goes to the first wrong field of the form, once", () => {
    const { model, to, first } = owed();
    first.owe();
    model.change("errors", { runtime: "Too long.", title: "Empty." });
    vi.runAllTimers();
    model.change("errors", { runtime: "Still too long." });
    vi.runAllTimers();
    expect(to).toHaveBeenCalledExactlyOnceWith("title");
  });

  it("goes nowhere while nobody has clicked Submit", () => {
    const { model, to } = owed();
    model.change("errors", { title: "Empty." });
    vi.runAllTimers();
    expect(to).not.toHaveBeenCalled();
  });

  it("goes nowhere once a job was accepted", () => {
    const { model, to, first } = owed();
    first.owe();
    model.change("status", { ...IDLE, outcome: "accepted" });
    model.change("errors", { title: "Empty." });
    vi.runAllTimers();
    expect(to).not.toHaveBeenCalled();
  });

  it("is not taken from another place on the page", () => {
    const { model, to, first } = owed({ isFree: false });
    first.owe();
    model.change("errors", { title: "Empty." });
    vi.runAllTimers();
    expect(to).not.toHaveBeenCalled();
  });

  it("goes to the tool's id where that is typed", () => {
    const { model, to, first } = owed({ hpc: "nsg", isOtherTool: true });
    first.owe();
    model.change("errors", { tool: "No such tool." });
    first.focus();
    expect(to).toHaveBeenCalledExactlyOnceWith("tool-id");
  });

  it("goes nowhere for what is no field, as a token", () => {
    const { model, to, first } = owed();
    first.owe();
    model.change("errors", { token: "Not valid." });
    vi.runAllTimers();
    expect(to).not.toHaveBeenCalled();
  });
});
