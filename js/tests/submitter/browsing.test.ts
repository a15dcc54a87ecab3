/** The folder browser's answers. */
import { describe, expect, it } from "vitest";
import { createBrowsing } from "../../src/submitter/browsing";
import { listing } from "../fake_model";
import { formOf, reply, turns } from "./form";

function opened() {
  const { model, sync } = formOf();
  const browsing = createBrowsing(sync);
  browsing.open("a");
  return { model, sync, browsing, first: model.last("browse").id };
}

describe("a folder that is browsed", () => {
  it("shows that it is read, and then what is in it", async () => {
    const { model, browsing, first } = opened();
    expect(browsing.browser.value).toMatchObject({ path: "a", listing: null, loading: true });
    model.answer(listing(first, { path: "a" }));
    await turns();
    expect(browsing.browser.value).toMatchObject({ loading: false, problem: "" });
    expect(browsing.browser.value?.listing?.path).toBe("a");
  });

  it("leaves what was shown before where it cannot be read", async () => {
    const { model, browsing, first } = opened();
    model.answer(listing(first, { path: "a" }));
    await turns();
    browsing.open("a/b");
    model.answer(listing(model.last("browse").id, { path: "a/b", error: "Not allowed." }));
    await turns();
    const { path, listing: shown, problem } = browsing.browser.value ?? {};
    expect([path, shown?.path, problem]).toEqual(["a/b", "a", "Not allowed."]);
  });

  it("is the last one that was asked for, whatever comes first", async () => {
    const { model, browsing, first } = opened();
    browsing.open("b");
    model.answer(listing(model.last("browse").id, { path: "b" }));
    model.answer(listing(first, { path: "a" }));
    await turns();
    expect(browsing.browser.value?.listing?.path).toBe("b");
  });

  it("stays closed where the answer comes too late", async () => {
    const { model, browsing, first } = opened();
    browsing.close();
    model.answer(listing(first));
    await turns();
    expect(browsing.browser.value).toBeNull();
  });

  it("says that the kernel is busy, or why there was no answer", async () => {
    const { model, sync, browsing, first } = opened();
    sync.heart.tellBusy();
    expect(browsing.browser.value?.problem).toContain("busy");
    model.answer(reply(first, false, "No kernel."));
    await turns();
    expect(browsing.browser.value).toMatchObject({ loading: false, problem: "No kernel." });
  });
});
