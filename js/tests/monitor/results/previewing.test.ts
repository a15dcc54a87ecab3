/** A file that is looked at in place. */
import { describe, expect, it } from "vitest";
import { BUSY_ASKED } from "../../../src/kernel/liveness";
import { createPreviewing } from "../../../src/monitor/results/previewing";
import { preview, reply } from "../../fake_jobs";
import { modelOf, turns } from "../job";

function looking() {
  const { model, sync, key } = modelOf();
  const { shown, show, hide } = createPreviewing(sync, key);
  const answer = (id: string, changes: object = {}) =>
    model.answer(preview(id, { text: "words", ...changes }));
  return { model, sync, shown, show, hide, answer };
}

describe("a preview", () => {
  it("is on its way, and then there", async () => {
    const { model, shown, show, answer } = looking();
    show("a.txt");
    expect(shown.value).toEqual({ name: "a.txt", preview: null, problem: "" });
    answer(model.newest("preview").id);
    await turns();
    expect(shown.value?.preview?.text).toBe("words");
  });

  it("is that of the last file, whatever comes first", async () => {
    const { model, shown, show, answer } = looking();
    show("a.txt");
    const first = model.newest("preview").id;
    show("b.txt");
    answer(model.newest("preview").id, { text: "of b" });
    answer(first, { text: "of a" });
    await turns();
    expect([shown.value?.name, shown.value?.preview?.text]).toEqual(["b.txt", "of b"]);
  });

  it("that is closed stays closed as its answer comes", async () => {
    const { model, shown, show, hide, answer } = looking();
    show("a.txt");
    hide();
    answer(model.newest("preview").id);
    await turns();
    expect(shown.value).toBeNull();
  });

  it("says what is wrong", async () => {
    const { model, sync, shown, show, answer } = looking();
    show("a.txt");
    sync.heart.tellBusy();
    expect(shown.value?.problem).toBe(BUSY_ASKED);
    answer(model.newest("preview").id, { error: "It is too large." });
    await turns();
    expect(shown.value?.problem).toBe("It is too large.");
    show("b.txt");
    model.answer(reply(model.newest("preview").id, false, "No kernel."));
    await turns();
    expect(shown.value).toEqual({ name: "b.txt", preview: null, problem: "No kernel." });
  });
});
