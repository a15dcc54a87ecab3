/** What is found in a notebook's outputs. */
import { describe, expect, it, vi } from "vitest";
import { isShown, type Output, outputsOf } from "../../src/page/notebook";

const VIEW = "application/vnd.jupyter.widget-view+json";
const widget = (comm: string): Output => ({
  output_type: "display_data",
  data: { [VIEW]: { model_id: comm } },
});
const text: Output = { output_type: "stream" };

/** @param cells the outputs of each; null is a cell of text */
function manager(cells: (Output[] | null)[]) {
  const set = vi.fn();
  const outputs = (list: Output[]) => ({
    length: list.length,
    get: (place: number) => ({ toJSON: () => list[place] }),
    set,
  });
  const model = { cells: cells.map((list) => (list ? { outputs: outputs(list) } : {})) };
  return { context: { model }, set };
}

describe("a notebook's outputs", () => {
  it("are all found, cell by cell", () => {
    const found = [...outputsOf(manager([[text], null, [], [widget("a"), text]]))];
    expect(found.map(({ output }) => output)).toEqual([text, widget("a"), text]);
  });

  it("can be replaced, each in its place", () => {
    const one = manager([[text, widget("a")]]);
    [...outputsOf(one)][1]?.replace(text);
    expect(one.set).toHaveBeenCalledExactlyOnceWith(1, text);
  });

  it.each([undefined, null, {}, { context: {} }, { context: { model: {} } }])(
    "are none where the page has no notebook: %o",
    (page) => {
      expect([...outputsOf(page)]).toEqual([]);
      expect(isShown(page, "a")).toBeUndefined();
    },
  );
});

describe("a widget", () => {
  it("is shown by an output of its own", () => {
    expect(isShown(manager([[text], [widget("b"), widget("a")]]), "a")).toBe(true);
  });

  it("is not shown by another one's, or in a notebook without outputs", () => {
    expect(isShown(manager([[widget("b")]]), "a")).toBe(false);
    expect(isShown(manager([null]), "a")).toBe(false);
  });

  it("of a notebook that is closed is not known to be shown", () => {
    expect(isShown(manager([]), "a")).toBeUndefined();
  });
});
