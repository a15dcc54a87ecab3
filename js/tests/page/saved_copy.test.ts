// @vitest-environment happy-dom
import { signal } from "@preact/signals";
import { describe, expect, it } from "vitest";
import type { Liveness } from "../../src/kernel/liveness";
import { tendSavedCopy } from "../../src/page/saved_copy";
import { FakeModel, traits } from "../fake_model";
import { show } from "../show";
import { showMonitor } from "../show_monitor";

function copyOf(name: string): HTMLElement {
  const copy = document.createElement("div");
  copy.className = `bspsa-saved bspsa-saved-${name}`;
  document.body.append(copy);
  return copy;
}
const isHidden = (element: HTMLElement) => getComputedStyle(element).display === "none";

const HTML = '<div class="bspsa-saved bspsa-saved-aa">\n<p>Submitted.</p>\n</div>';
const NEWER = HTML.replace("Submitted.", "Done.");

/** As a view of the widget of this name does, with what Python says of the copy. */
function tend(
  name: string,
  bundle = {},
  liveness = signal<Liveness>("live"),
  manager: unknown = null,
) {
  const traits = { saved_as: signal(name), saved_bundle: signal(bundle) };
  return tendSavedCopy(document, manager, traits, liveness);
}

/** A notebook in JupyterLab, as the manager of its widgets knows it. */
function notebook(...htmls: (string | null)[]) {
  const all = htmls.map((html) => ({
    output_type: "display_data",
    data: html === null ? { "text/plain": "42" } : { "text/html": html, "text/plain": "old" },
    metadata: {},
  }));
  const set: number[] = [];
  const outputs = {
    length: all.length,
    get: (place: number) => ({ toJSON: () => all[place] }),
    set: (place: number, output: (typeof all)[number]) => {
      set.push(place);
      all[place] = output;
    },
  };
  const cells = [{ outputs: undefined }, { outputs }];
  return { manager: { context: { model: { cells } } }, set, all };
}

describe("the copy in a saved notebook", () => {
  it("is hidden while the panel is there, wherever on the page, and shown again after it", () => {
    const before = copyOf("0123456789abcdef");
    const { end } = show();
    const later = copyOf("0123456789abcdef");
    expect([isHidden(before), isHidden(later)]).toEqual([true, true]);
    end();
    expect([isHidden(before), isHidden(later)]).toEqual([false, false]);
  });

  it("of a monitor is hidden while the monitor is there", () => {
    const copy = copyOf("fedcba9876543210");
    const { end } = showMonitor();
    expect(isHidden(copy)).toBe(true);
    end();
    expect(isHidden(copy)).toBe(false);
  });

  it("of another panel is left alone", () => {
    const one = copyOf("aa");
    const other = copyOf("bb");
    const first = show({ saved_as: "aa" });
    expect([isHidden(one), isHidden(other)]).toEqual([true, false]);
    const second = show({ saved_as: "bb" });
    expect([isHidden(one), isHidden(other)]).toEqual([true, true]);
    first.end();
    expect([isHidden(one), isHidden(other)]).toEqual([false, true]);
    second.end();
  });

  it("stays hidden as long as one of two views of the panel is there", () => {
    const copy = copyOf("0123456789abcdef");
    const model = new FakeModel(traits());
    const [first, second] = [show({}, model), show({}, model)];
    first.end();
    expect(isHidden(copy)).toBe(true);
    second.end();
    expect(isHidden(copy)).toBe(false);
  });

  it("is shown where no kernel answers: the widget may be older", () => {
    const copy = copyOf("aa");
    const liveness = signal<Liveness>("unknown");
    const end = tend("aa", {}, liveness);
    const seen = (["unknown", "silent", "live"] as const).map((now) => {
      liveness.value = now;
      return isHidden(copy);
    });
    expect(seen).toEqual([true, false, true]);
    end();
    expect(isHidden(copy)).toBe(false);
  });

  it("is brought up to date where the page does not know which output an update is for", () => {
    const { manager, set, all } = notebook(null, HTML, HTML.replace("saved-aa", "saved-bb"), HTML);
    tend("aa", { "text/html": NEWER, "text/plain": "Done." }, undefined, manager)();
    expect(set).toEqual([1, 3]);
    expect(all[1]?.data).toEqual({ "text/html": NEWER, "text/plain": "Done." });
  });

  it("is left alone where it is up to date, and while no kernel says so", () => {
    const { manager, set } = notebook(NEWER);
    tend("aa", { "text/html": NEWER }, undefined, manager)();
    const older = notebook(HTML);
    for (const silent of ["unknown", "silent"] as const)
      tend("aa", { "text/html": NEWER }, signal(silent), older.manager)();
    tend("aa", {}, undefined, older.manager)();
    expect([...set, ...older.set]).toEqual([]);
  });

  it.each([null, undefined, {}, { context: {} }, { context: { model: null } }])(
    "is nowhere to be found by a manager such as %j, which breaks nothing",
    (manager) => {
      tend("aa", { "text/html": NEWER }, undefined, manager)();
    },
  );

  it.each(["", "a b", "a{}body", "*", "A", ".jp-Cell", "a,body"])(
    "is not looked for by the name %j",
    (name) => {
      const rules = document.head.querySelectorAll("style").length;
      const undo = tend(name);
      expect(document.head.querySelectorAll("style")).toHaveLength(rules);
      undo();
    },
  );
});
