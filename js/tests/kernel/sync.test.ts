/** What a view and its model say to each other. */
import { describe, expect, it, vi } from "vitest";
import { createFormSync } from "../../src/submitter/form_sync";
import { COMM, FakeModel, listing, traits } from "../fake_model";

function synced() {
  const model = new FakeModel(traits());
  const sync = createFormSync(model.asModel());
  return { model, sync };
}

describe("a view", () => {
  it("names itself in all that it says, each by another name", () => {
    const model = new FakeModel(traits());
    for (const sync of [createFormSync(model.asModel()), createFormSync(model.asModel())]) {
      sync.ask({ kind: "browse", id: "1", path: "" });
      sync.heart.greet();
      sync.heart.leave(true);
    }
    expect(new Set(model.views.slice(0, 3)).size).toBe(1);
    expect(new Set(model.views).size).toBe(2);
    expect(model.byes[0]).toMatchObject({ kind: "bye", is_gone: true });
  });

  it("passes over messages that are none of its kinds", () => {
    const { model, sync } = synced();
    const pushed = vi.fn();
    sync.onPush(pushed);
    for (const odd of [null, undefined, "text", {}, { kind: "rows", id: "" }])
      model.answer(odd as never);
    expect(pushed).not.toHaveBeenCalled();
    expect(sync.heart.news.value).toBe(0);
  });

  it("hears what Python says unasked, and not the answers", async () => {
    const { model, sync } = synced();
    const pushed = vi.fn();
    sync.onPush(pushed);
    const answer = sync.ask({ kind: "browse", id: "1", path: "" });
    model.answer(listing("1"));
    expect(await answer).toEqual(listing("1"));
    expect(pushed).not.toHaveBeenCalled();
    model.answer(listing(""));
    expect(pushed).toHaveBeenCalledExactlyOnceWith(listing(""));
    expect(sync.heart.news.value).toBe(2);
  });

  it("knows the comm by the answer to its hello", () => {
    const { model, sync } = synced();
    expect(sync.heart.hello.value).toBeNull();
    sync.heart.greet();
    model.answer(model.wake());
    expect(sync.heart.hello.value?.comm).toBe(COMM);
  });

  it("hears nothing any more once it has gone", () => {
    const { model, sync } = synced();
    const pushed = vi.fn();
    sync.onPush(pushed);
    const end = sync.heart.onCut(() => {});
    end();
    sync.stop();
    model.answer(listing(""));
    expect(pushed).not.toHaveBeenCalled();
    expect(model.listenerCount).toBe(0);
  });
});

describe("a model that cannot send", () => {
  it("refuses what is asked, and forgives a greeting", async () => {
    const { model, sync } = synced();
    vi.spyOn(model, "send").mockImplementation(() => {
      throw new Error("the kernel is dead");
    });
    sync.heart.greet();
    expect(await sync.ask({ kind: "cancel", id: "1" })).toMatchObject({ ok: false });
  });
});
