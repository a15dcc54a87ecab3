// @vitest-environment happy-dom
/** Keys that are pressed in a view do not reach the notebook. */
import { fireEvent } from "@testing-library/preact";
import { afterEach, describe, expect, it } from "vitest";
import { keepKeys } from "../../src/page/keys";

const SUPPRESS = "data-lm-suppress-shortcuts";

function view() {
  const root = document.createElement("section");
  const input = document.createElement("input");
  const outside = document.createElement("input");
  root.append(input);
  document.body.append(root, outside);
  return { input, outside, end: keepKeys(root) };
}

afterEach(() => document.body.replaceChildren());

describe("a key", () => {
  it.each([{ key: "a" }, { key: "Enter" }, { key: "ArrowDown" }, { key: "z", ctrlKey: true }])(
    "%o in a view is kept from the notebook",
    (key) => {
      const { input, end } = view();
      fireEvent.keyDown(input, key);
      end();
      expect(input.hasAttribute(SUPPRESS)).toBe(true);
    },
  );

  it.each([
    { key: "s", ctrlKey: true },
    { key: "S", metaKey: true },
  ])("%o saves the notebook", (key) => {
    const { input, end } = view();
    fireEvent.keyDown(input, { key: "a" });
    fireEvent.keyDown(input, key);
    end();
    expect(input.hasAttribute(SUPPRESS)).toBe(false);
  });

  it("elsewhere is none of ours, nor is one after the view has gone", () => {
    const { input, outside, end } = view();
    fireEvent.keyDown(outside, { key: "a" });
    end();
    fireEvent.keyDown(input, { key: "a" });
    expect(outside.hasAttribute(SUPPRESS)).toBe(false);
    expect(input.hasAttribute(SUPPRESS)).toBe(false);
  });
});
