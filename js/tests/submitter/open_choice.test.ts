/** A value known by name, or another one as typed. */
import { signal } from "@preact/signals";
import { describe, expect, it } from "vitest";
import { createOpenChoice } from "../../src/submitter/open_choice";

function chosen(first = "PY_TG") {
  const tool = signal(first);
  return { tool, ...createOpenChoice(tool) };
}

describe("Other… as the tool", () => {
  it("stays while this view sets the tool", () => {
    const { tool, isOther, own } = chosen();
    isOther.value = true;
    for (const id of ["M", "MY", "MY_TG"]) {
      own(id);
      tool.value = id;
    }
    expect(isOther.value).toBe(true);
  });

  it("ends as anybody else sets it", () => {
    const { tool, isOther } = chosen();
    isOther.value = true;
    tool.value = "NEURON77_TG";
    expect(isOther.value).toBe(false);
  });

  it("stays where another field of the form is edited", () => {
    const { isOther, own } = chosen();
    isOther.value = true;
    own(undefined);
    expect(isOther.value).toBe(true);
  });

  it("is watched until the view goes", () => {
    const { tool, isOther, stop } = chosen();
    stop();
    isOther.value = true;
    tool.value = "NEURON77_TG";
    expect(isOther.value).toBe(true);
  });
});
