/** A system with fields of its own, as Python sends it: no component knows their names. */
import { act, fireEvent } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import type { SystemSpec } from "../../../src/contract";
import type { SubmitterTraits } from "../../../src/submitter/contract";
import { pythonCode } from "../../../src/text/python_code";
import { fieldSpec, SYSTEMS, traits } from "../../fake_model";
import MADE_UP from "../../made_up_system.json";
import { settled, show } from "../../show";

const CLUSTER = MADE_UP as SystemSpec;
const OPTIONS = { partition: "long", memory_per_node: 64, exclusive: true };
const systems = [...SYSTEMS, CLUSTER];
const cluster = (changes: Partial<SubmitterTraits> = {}) =>
  show({ hpc: "cluster", systems, ...changes });

describe("the fields of one system", () => {
  it("are shown with their defaults, and for no other system", () => {
    const { field, page, el } = cluster();
    expect([...el.querySelectorAll("label")].map((label) => label.textContent)).toEqual([
      ...["System", "Project", "Folder", "Title", "Command", "Nodes", "Cores per node", "Runtime"],
      ...["Partition", "Memory per node", "Exclusive"],
    ]);
    const options = [...(field("Partition") as unknown as HTMLSelectElement).options];
    expect(options.map(({ value, text }) => [value, text])).toEqual([
      ["short", "Up to an hour (short)"],
      ["long", "Up to a week (long)"],
    ]);
    expect(field("Partition").value).toBe("short");
    expect(field("Memory per node").value).toBe("4");
    expect(field("Memory per node").parentElement?.textContent).toBe("GB");
    expect(field("Exclusive").checked).toBe(false);
    fireEvent.change(field("System"), { target: { value: "nsg" } });
    for (const { label } of CLUSTER.fields.slice(-3))
      expect(page.queryByLabelText(label)).toBeNull();
  });

  it("travel together as the options, and come back with their system", () => {
    const { model, field } = cluster();
    fireEvent.change(field("Partition"), { target: { value: "long" } });
    fireEvent.input(field("Memory per node"), { target: { value: "64" } });
    fireEvent.click(field("Exclusive"));
    expect(model.values.options).toEqual(OPTIONS);
    fireEvent.change(field("System"), { target: { value: "nsg" } });
    expect(model.values.options).toEqual({});
    fireEvent.change(field("System"), { target: { value: "cluster" } });
    expect(model.values.options).toEqual(OPTIONS);
    expect(field("Exclusive").checked).toBe(true);
  });

  it("keep a number as it was typed", () => {
    const { model, field } = cluster();
    fireEvent.input(field("Memory per node"), { target: { value: "much" } });
    expect(model.values.options).toEqual({ memory_per_node: "much" });
    expect(field("Memory per node").value).toBe("much");
  });

  it("show what Python sets, also what cannot be chosen", () => {
    const { model, field } = cluster();
    act(() => model.change("options", { ...OPTIONS, partition: "gone" }));
    expect(field("Partition").value).toBe("gone");
    expect(field("Memory per node").value).toBe("64");
  });

  it("show their errors and warnings, and the focus goes to the first that is wrong", async () => {
    const { model, field, button, text } = cluster();
    fireEvent.click(button("Submit"));
    act(() => {
      model.change("errors", { exclusive: "Wrong.", memory_per_node: "Too much." });
      model.change("warnings", { partition: "Often full." });
    });
    await settled();
    expect(document.activeElement).toBe(field("Memory per node"));
    expect(field("Exclusive").getAttribute("aria-invalid")).toBe("true");
    for (const words of ["▲ Wrong.", "▲ Too much.", "△ Often full."])
      expect(text()).toContain(words);
  });

  it("are shown while a tool is chosen that has them", () => {
    const [, nsg] = SYSTEMS;
    if (!nsg) throw new Error("There is no second system.");
    const gpus = fieldSpec("gpus", "GPUs", "integer", { tools: ["NEURON77_TG"] });
    const system = { ...nsg, fields: [...nsg.fields, gpus] };
    const { field, page } = show({ hpc: "nsg", systems: [system] });
    expect(page.queryByLabelText("GPUs")).toBeNull();
    fireEvent.change(field("Tool"), { target: { value: "NEURON77_TG" } });
    expect(page.queryByLabelText("GPUs")).not.toBeNull();
    expect(pythonCode(traits({ hpc: "nsg" }), system)).not.toContain("gpus");
  });

  it("may have no value where they are optional", () => {
    const [field] = CLUSTER.fields.filter(({ kind }) => kind === "choice");
    if (!field) throw new Error("There is no choice.");
    const optional = { ...field, is_optional: true, default: "" };
    const shown = cluster({ systems: [{ ...CLUSTER, fields: [optional] }] });
    expect(shown.field("Partition").value).toBe("");
    fireEvent.change(shown.field("Partition"), { target: { value: "long" } });
    fireEvent.change(shown.field("Partition"), { target: { value: "" } });
    expect(shown.model.values.options).toEqual({ partition: "" });
  });

  it("are copied as Python", () => {
    const lines = pythonCode(traits({ hpc: "cluster", options: OPTIONS }), CLUSTER).split("\n");
    expect(lines.slice(lines.indexOf("    runtime=2.0,"), -2)).toEqual([
      "    runtime=2.0,",
      "    options={",
      '        "partition": "long",',
      '        "memory_per_node": 64,',
      '        "exclusive": True,',
      "    },",
      ")",
    ]);
  });
});
