import { describe, expect, it } from "vitest";
import { hideSavedCopy } from "../src/saved_copy";
import { FakeModel, traits } from "./fake_model";
import { showMonitor } from "./monitor/show_monitor";
import { show } from "./show";

function copyOf(name: string): HTMLElement {
  const copy = document.createElement("div");
  copy.className = `bspsa-saved bspsa-saved-${name}`;
  document.body.append(copy);
  return copy;
}
const isHidden = (element: HTMLElement) => getComputedStyle(element).display === "none";

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

  it.each(["", "a b", "a{}body", "*", "A", ".jp-Cell", "a,body"])(
    "is not looked for by the name %j",
    (name) => {
      const rules = document.head.querySelectorAll("style").length;
      hideSavedCopy(document, name)();
      const undo = hideSavedCopy(document, name);
      expect(document.head.querySelectorAll("style")).toHaveLength(rules);
      undo();
    },
  );
});
