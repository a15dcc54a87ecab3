/** The form as the user changes it. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SubmitterTraits } from "../../src/submitter/contract";
import { createFormEditing } from "../../src/submitter/form_editing";
import { fieldSpec } from "../fake_model";
import { formOf } from "./form";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function edited(changes: Partial<SubmitterTraits> = {}) {
  const { model, sync } = formOf(changes);
  return { model, sync, form: createFormEditing(sync) };
}

describe("the system", () => {
  it("is the one of the form, or none where nobody knows it", () => {
    const { model, form } = edited();
    expect(form.system.value?.label).toBe("Piz Daint — CSCS");
    model.change("hpc", "unheard-of");
    expect(form.system.value).toBeUndefined();
  });

  it("takes the defaults of one that is shown for the first time", () => {
    const { model, form } = edited({ node_number: 7, project: "icei-hbp-2021" });
    form.chooseSystem("nsg");
    const { hpc, project, node_number, core_number, runtime } = model.values;
    expect({ hpc, project, node_number, core_number, runtime }).toEqual({
      hpc: "nsg",
      project: "",
      node_number: 1,
      core_number: 1,
      runtime: 0.5,
    });
  });

  it("gets back what was typed for it before", () => {
    const { model, form } = edited({ node_number: 7, runtime: "two" });
    form.chooseSystem("nsg");
    form.typeNumber("node_number", "3");
    form.chooseSystem("pizdaint");
    expect([model.values.node_number, model.values.runtime]).toEqual([7, "two"]);
    form.chooseSystem("nsg");
    expect(model.values.node_number).toBe(3);
  });

  it("fills an empty tool, and leaves another one alone", () => {
    const empty = edited({ tool: "" });
    empty.form.chooseSystem("nsg");
    expect(empty.model.values.tool).toBe("PY_TG");
    const typed = edited({ tool: "MY_TG" });
    typed.form.chooseSystem("nsg");
    expect(typed.model.values.tool).toBe("MY_TG");
  });

  it("is not chosen twice, nor one that nobody knows", () => {
    const { model, form } = edited();
    form.chooseSystem("pizdaint");
    form.chooseSystem("unheard-of");
    expect(model.written).toEqual([]);
  });
});

describe("the quota", () => {
  const quotas = {
    "pizdaint/bsp_pizdaint_01": { hours_left: 10, hours: 20 },
    "pizdaint/icei-hbp-2021": { hours_left: 1, hours: 2 },
  };

  it("is that of the chosen project, or else of the default one", () => {
    const { model, form } = edited({ quotas });
    expect(form.quota.value?.hours_left).toBe(10);
    model.change("project", "icei-hbp-2021");
    expect(form.quota.value?.hours_left).toBe(1);
    model.change("project", "another");
    expect(form.quota.value).toBeUndefined();
  });
});

describe("a number", () => {
  it("is kept as it was typed, system by system", () => {
    const { model, form } = edited();
    form.typeNumber("runtime", "2.50");
    form.chooseSystem("nsg");
    form.typeNumber("runtime", "0,5");
    expect(form.typed.value).toEqual({ "pizdaint/runtime": "2.50", "nsg/runtime": "0,5" });
    expect(model.values.runtime).toBe("0,5");
  });

  it("reaches Python after a pause, and with what replaces it at once", () => {
    const { model, form } = edited();
    form.typeNumber("runtime", "3");
    expect(model.saves).toBe(0);
    form.keepDraft();
    expect(model.saves).toBe(1);
    expect(model.values.runtime).toBe(3);
  });
});

describe("Other… as the tool", () => {
  it("stays while its id is typed, and ends as Python sets a tool", () => {
    const { model, form } = edited();
    const { isOther } = form.openChoice(fieldSpec("tool", "Tool", "choice"));
    isOther.value = true;
    form.edit({ tool: "MY_TG" }, "soon");
    expect(form.isOther("tool")).toBe(true);
    model.change("tool", "NEURON77_TG");
    expect(form.isOther("tool")).toBe(false);
  });
});
