/** A view's code is evaluated once for a page, however many widgets bring it along. */
import { afterEach, describe, expect, it, vi } from "vitest";
import loader from "../src/loader";

/** happy-dom has no modules of blobs: the same text as a data: URL. */
vi.spyOn(URL, "createObjectURL").mockImplementation((blob) => {
  const url = `data:text/javascript,${encodeURIComponent(texts.get(blob as Blob) ?? "")}`;
  return url;
});
const texts = new WeakMap<Blob, string>();
vi.stubGlobal(
  "Blob",
  class extends Blob {
    constructor(parts: string[], options: BlobPropertyBag) {
      super(parts, options);
      texts.set(this, parts.join(""));
    }
  },
);

const shown: string[] = [];
Object.assign(globalThis, { shown });
afterEach(() => void shown.splice(0));

/** A bundle that tells as it is evaluated, and as it renders. */
const bundle = (name: string) =>
  `globalThis.shown.push("load ${name}"); export default { render: () => { globalThis.shown.push("show ${name}"); return "end"; } };`;

const render = (text: string, signal?: AbortSignal) =>
  loader.render({ model: { get: () => text }, signal } as never);

describe("the code of a view", () => {
  it("is evaluated once for all widgets of a page, and rendered for each", async () => {
    expect(await Promise.all([render(bundle("a")), render(bundle("a"))])).toEqual(["end", "end"]);
    await render(bundle("a"));
    expect(shown).toEqual(["load a", "show a", "show a", "show a"]);
  });

  it("is that of each widget's own release", async () => {
    await render(bundle("b"));
    await render(bundle("c"));
    expect(shown).toEqual(["load b", "show b", "load c", "show c"]);
  });

  it("is not rendered for a view that has gone meanwhile", async () => {
    const gone = new AbortController();
    const rendered = render(bundle("d"), gone.signal);
    gone.abort();
    expect(await rendered).toBeUndefined();
    expect(shown).toEqual(["load d"]);
  });

  it("that is broken is tried again", async () => {
    await expect(render("import 'nowhere:x'")).rejects.toThrow();
    await expect(render("import 'nowhere:x'")).rejects.toThrow();
  });
});
