import { act, fireEvent } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";
import { FakeModel, traits } from "../../fake_model";
import { later, settled, show } from "../../show";

const choose = (select: HTMLElement, value: string) =>
  fireEvent.change(select, { target: { value } });
const type = (input: HTMLElement, value: string) => fireEvent.input(input, { target: { value } });

describe("the names of the controls", () => {
  it.each([
    ["pizdaint", ["Command"], ["Tool", "Main file"]],
    ["nsg", ["Tool", "Main file"], ["Command"]],
  ])("are each there exactly once for %s", (hpc, own, others) => {
    const { page } = show({ hpc });
    const common = ["System", "Project", "Folder", "Title", "Nodes", "Cores per node", "Runtime"];
    for (const name of [...common, ...own]) expect(page.getAllByLabelText(name)).toHaveLength(1);
    for (const name of others) expect(page.queryAllByLabelText(name)).toHaveLength(0);
    expect(page.getAllByRole("button", { name: "Submit" })).toHaveLength(1);
  });
});

describe("another system", () => {
  it("swaps the fields at once, without an answer from the kernel, and tells it in one go", () => {
    const { model, field, page } = show();
    choose(field("System"), "nsg");
    expect(page.queryByLabelText("Command")).toBeNull();
    expect(field("Tool").value).toBe("PY_TG");
    expect(field("Main file").value).toBe("");
    expect(model.saves).toBe(1);
    expect(model.sent).toEqual([]);
    expect(model.values).toMatchObject({
      hpc: "nsg",
      node_number: 1,
      core_number: 1,
      runtime: 0.5,
    });
  });

  it("shows an example of a command where there is none, and sends nothing of it", () => {
    const { model, field } = show({ command: "" });
    expect(field("Command").value).toBe("");
    expect(field("Command").getAttribute("placeholder")).toContain("{archive} && cd {folder}");
    type(field("Title"), "x");
    expect(model.values.command).toBe("");
  });

  it("keeps what was typed for each one, wrong text too", () => {
    const { model, field } = show({ project: "icei-hbp-2021" });
    type(field("Nodes"), "two");
    type(field("Runtime"), "3.50");
    choose(field("System"), "nsg");
    expect(field("Nodes").value).toBe("1");
    expect(field("Project").value).toBe("");
    type(field("Main file"), "run.py");
    type(field("Cores per node"), "8");
    choose(field("System"), "pizdaint");
    expect(field("Nodes").value).toBe("two");
    expect(field("Runtime").value).toBe("3.50");
    expect(field("Project").value).toBe("icei-hbp-2021");
    expect(field("Command").value).toContain("srun");
    choose(field("System"), "nsg");
    expect(field("Main file").value).toBe("run.py");
    expect(field("Cores per node").value).toBe("8");
    expect(model.values).toMatchObject({ hpc: "nsg", init_file: "run.py", core_number: 8 });
  });

  it("fills an empty tool with the system's default", () => {
    const { field, model } = show({ tool: "" });
    choose(field("System"), "nsg");
    expect(model.values.tool).toBe("PY_TG");
  });

  it("is shown when Python chooses it", () => {
    const { model, field } = show();
    act(() => model.change("hpc", "nsg"));
    expect(field("Tool").value).toBe("PY_TG");
  });

  it("chosen by Python leaves the one before what was typed for it, in whatever order it sets them", async () => {
    vi.useFakeTimers();
    try {
      const { model, field } = show({ project: "icei-hbp-2021" });
      type(field("Runtime"), "3.50");
      await later(1_000);
      for (const [name, value] of [
        ["node_number", 1],
        ["project", ""],
        ["runtime", 0.5],
        ["hpc", "nsg"],
      ] as const) {
        act(() => model.change(name, value));
        await later(10);
      }
      await later(1_000);
      choose(field("System"), "pizdaint");
      expect(field("Nodes").value).toBe("2");
      expect(field("Runtime").value).toBe("3.50");
      expect(field("Project").value).toBe("icei-hbp-2021");
    } finally {
      vi.useRealTimers();
    }
  });

  it("is shown by its id when nobody knows it", () => {
    const { field } = show({ hpc: "<b>mars</b>" });
    expect(field("System").value).toBe("<b>mars</b>");
  });
});

describe("the project", () => {
  const options = (select: HTMLElement) =>
    [...(select as HTMLSelectElement).options].map(({ value, text }) => [value, text]);

  it("starts with the default, then all that are known, once each, and the present one", () => {
    const { field } = show({ project: "my-own" });
    expect(options(field("Project"))).toEqual([
      ["", "Default (bsp_pizdaint_01)"],
      ["bsp_pizdaint_01", "bsp_pizdaint_01"],
      ["icei-hbp-2021", "icei-hbp-2021"],
      ["my-own", "my-own"],
    ]);
    expect(field("Project").value).toBe("my-own");
  });

  it("shows what is left of its hours, where that is known", () => {
    const { field, text } = show();
    expect(text()).toContain("About 4,599 of 5,000 h left");
    choose(field("Project"), "icei-hbp-2021");
    expect(text()).not.toContain("h left");
  });
});

describe("numbers", () => {
  it.each([
    ["2", 2],
    [" 3.5 ", 3.5],
    [".5", 0.5],
    ["-1", -1],
    ["2h", "2h"],
    ["1,5", "1,5"],
    ["1e3", "1e3"],
    ["0x10", "0x10"],
    ["", ""],
    ["9".repeat(400), "9".repeat(400)],
  ])("typed as %j travel as %j", (typed, sent) => {
    const { model, field } = show();
    type(field("Runtime"), typed);
    expect(model.values.runtime).toBe(sent);
    expect(field("Runtime").value).toBe(typed);
  });

  it("give way to what Python sets", () => {
    const { model, field } = show();
    type(field("Runtime"), "2.00");
    act(() => model.change("runtime", 7));
    expect(field("Runtime").value).toBe("7.0");
  });

  it("say what the job costs: the runtime, whatever the nodes", () => {
    const { field, text } = show({ node_number: 50, quotas: {} });
    expect(text()).toContain("This job uses 2.0 h of your quota");
    type(field("Runtime"), "many");
    expect(text()).not.toContain("This job uses");
  });

  it.each([
    [4998.46, "about 4,998.5 h", false],
    [2, "about 2 h", false],
    [1.96, "about 2 h", true],
    [0, "about 0 h", true],
    [-1, "about -1 h", true],
  ])("say of what the job takes it, where %j h are left", (hours_left, words, isTooMuch) => {
    const quotas = { "pizdaint/bsp_pizdaint_01": { hours_left, hours: 5000 } };
    const { el } = show({ quotas });
    const cost = el.querySelector(".b-foot .b-hint");
    expect(cost?.textContent).toBe(`${isTooMuch ? "△ " : ""}This job uses 2.0 h of your ${words}`);
    expect(cost?.classList.contains("b-warning")).toBe(isTooMuch);
  });

  it("say it of the chosen project's quota, and of a quota where that is not known", () => {
    const quotas = {
      "pizdaint/bsp_pizdaint_01": { hours_left: 7, hours: 10 },
      "pizdaint/icei-hbp-2021": { hours_left: null, hours: 10 },
      "nsg/bsp_nsg_01": { hours_left: 3, hours: null },
    };
    const { field, text } = show({ quotas });
    expect(text()).toContain("of your about 7 h");
    choose(field("Project"), "icei-hbp-2021");
    expect(text()).toContain("uses 2.0 h of your quota");
    choose(field("System"), "nsg");
    expect(text()).toContain("uses 0.5 h of your about 3 h");
  });
});

describe("the tool", () => {
  it("is chosen by its readable name", () => {
    const { field, model } = show({ hpc: "nsg" });
    const names = [...(field("Tool") as unknown as HTMLSelectElement).options].map((o) => o.text);
    expect(names).toEqual(["Python (PY_TG)", "NEURON 7.7 (NEURON77_TG)", "Other…"]);
    choose(field("Tool"), "NEURON77_TG");
    expect(model.values.tool).toBe("NEURON77_TG");
  });

  it("can be any id, after Other…, and one that is known stays as typed", () => {
    const { field, model, page } = show({ hpc: "nsg" });
    const select = field("Tool") as unknown as HTMLSelectElement;
    choose(select, select.options[2]?.value ?? "");
    expect(document.activeElement).toBe(field("Tool id"));
    type(field("Tool id"), "PY_TG");
    expect(page.queryByLabelText("Tool id")).not.toBeNull();
    type(field("Tool id"), "NEW_TG");
    expect(model.values.tool).toBe("NEW_TG");
    choose(field("Tool"), "PY_TG");
    expect(page.queryByLabelText("Tool id")).toBeNull();
  });

  it("that Python sets takes the place of one typed after Other…", () => {
    const { model, field, page } = show({ hpc: "nsg" });
    choose(field("Tool"), "…other");
    type(field("Tool id"), "NEW_TG");
    act(() => model.change("tool", "NEURON77_TG"));
    expect(page.queryByLabelText("Tool id")).toBeNull();
    expect(field("Tool").value).toBe("NEURON77_TG");
  });

  it("that Python set and nobody knows is shown after Other…", () => {
    const { field } = show({ hpc: "nsg", tool: "STRANGE_TG" });
    const select = field("Tool") as unknown as HTMLSelectElement;
    expect(select.selectedOptions[0]?.text).toBe("Other…");
    expect(field("Tool id").value).toBe("STRANGE_TG");
  });
});

describe("typing", () => {
  it("reaches Python after a pause, and at once when the input is left", () => {
    vi.useFakeTimers();
    try {
      const { model, field } = show();
      type(field("Title"), "a");
      type(field("Title"), "ab");
      expect(model.saves).toBe(0);
      vi.advanceTimersByTime(200);
      expect(model.saves).toBe(1);
      type(field("Title"), "abc");
      fireEvent.blur(field("Title"));
      expect(model.saves).toBe(2);
      expect(model.values.title).toBe("abc");
    } finally {
      vi.useRealTimers();
    }
  });

  it("submits nothing when Enter is pressed", () => {
    const { model, field } = show();
    for (const name of ["Title", "Folder", "Runtime"]) {
      fireEvent.keyDown(field(name), { key: "Enter" });
    }
    expect(model.sent).toEqual([]);
  });
});

describe("a view", () => {
  it("shows what the model holds when it is opened again, beside another view", async () => {
    const model = new FakeModel(traits({ title: "kept" }));
    const first = show({}, model);
    type(first.field("Title"), "kept and changed");
    const second = show({}, model);
    expect(second.field("Title").value).toBe("kept and changed");
    type(second.field("Title"), "by the second");
    await settled();
    expect(first.field("Title").value).toBe("by the second");
    expect(first.field("Title").id).not.toBe(second.field("Title").id);
  });

  it("leaves no listener and no element behind", () => {
    const { model, el, end } = show();
    end();
    expect(model.listenerCount).toBe(0);
    expect(el.childElementCount).toBe(0);
  });

  it("stands empty traits, as before Python has said anything", () => {
    const { page } = show({ systems: [], connection: {} as never, status: {} as never, hpc: "" });
    expect(page.getByRole("button", { name: "Submit" })).toBeTruthy();
  });

  it("keeps every key that is pressed in it from the notebook, but for save", () => {
    const { field, button, end } = show();
    const passesOver = (element: Element, key: string, more = {}) => {
      fireEvent.keyDown(element, { key, ...more });
      return element.hasAttribute("data-lm-suppress-shortcuts");
    };
    for (const element of [button("Submit"), field("System"), field("Title"), field("Command")]) {
      expect(passesOver(element, "m")).toBe(true);
      expect(passesOver(element, "Enter", { shiftKey: true })).toBe(true);
      expect(passesOver(element, "s")).toBe(true);
      expect(passesOver(element, "s", { ctrlKey: true })).toBe(false);
      expect(passesOver(element, "S", { metaKey: true })).toBe(false);
    }
    const outside = document.body.appendChild(document.createElement("button"));
    expect(passesOver(outside, "m")).toBe(false);
    end();
    expect(passesOver(outside, "m")).toBe(false);
  });
});
