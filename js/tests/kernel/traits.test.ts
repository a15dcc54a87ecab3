/** The model's traits as signals, both ways. */
import { effect } from "@preact/signals";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { syncTraits } from "../../src/kernel/traits";
import { FakeModel } from "../fake_model";

interface Small {
  title: string;
  cores: number | string;
  status: { step: string; busy: boolean };
  names: string[];
}
const EMPTY: Small = { title: "", cores: 1, status: { step: "idle", busy: false }, names: [] };

function synced(values: Partial<Small>) {
  const model = new FakeModel<Small>({ ...EMPTY, ...values });
  const onNews = vi.fn();
  return { model, onNews, ...syncTraits(model.asModel(), EMPTY, ["title", "cores"], onNews) };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a trait", () => {
  it("holds what the model holds, and follows it", () => {
    const { model, traits } = synced({ title: "one" });
    expect(traits.title.value).toBe("one");
    model.change("title", "two");
    expect(traits.title.value).toBe("two");
  });

  it("is empty where the model has nothing", () => {
    const nothing = { title: undefined, names: null } as unknown as Partial<Small>;
    const { traits } = synced(nothing);
    expect([traits.title.value, traits.names.value]).toEqual(["", []]);
  });

  it("has all its keys, also from a model of an older release", () => {
    const { model, traits } = synced({ status: { step: "packing" } as Small["status"] });
    expect(traits.status.value).toEqual({ step: "packing", busy: false });
    model.change("status", { busy: true } as Small["status"]);
    expect(traits.status.value).toEqual({ step: "idle", busy: true });
  });

  it("is news where only Python writes it", () => {
    const { model, onNews } = synced({});
    model.change("title", "from another view on the page, perhaps");
    expect(onNews).not.toHaveBeenCalled();
    model.change("names", ["a"]);
    expect(onNews).toHaveBeenCalledTimes(1);
  });
});

describe("an edit", () => {
  it("is seen here at once, all of it in one go", () => {
    const { traits, edit } = synced({});
    const seen: string[] = [];
    const stop = effect(() => void seen.push(`${traits.title.value} ${traits.cores.value}`));
    edit({ title: "two", cores: 2 });
    stop();
    expect(seen).toEqual([" 1", "two 2"]);
  });

  it("reaches Python at once, and a soon one after a pause in typing", () => {
    const { model, edit } = synced({});
    edit({ title: "one" });
    expect(model.saves).toBe(1);
    for (const title of ["t", "tw", "two"]) edit({ title }, "soon");
    vi.advanceTimersByTime(100);
    expect(model.saves).toBe(1);
    vi.advanceTimersByTime(100);
    expect(model.saves).toBe(2);
    expect(model.values.title).toBe("two");
  });

  it("that waits is passed on when that is asked for, once", () => {
    const { model, edit, flush } = synced({});
    edit({ title: "one" }, "soon");
    flush();
    flush();
    vi.advanceTimersByTime(1_000);
    expect(model.saves).toBe(1);
  });

  it("that waits is passed on as the view goes, which leaves no listener", () => {
    const { model, edit, stop } = synced({});
    edit({ title: "one" }, "soon");
    stop();
    expect(model.saves).toBe(1);
    expect(model.listenerCount).toBe(0);
  });

  it("writes nothing that is not to be edited", () => {
    const { model, edit } = synced({});
    edit({ title: "one", ...({ names: ["a"] } as object) });
    expect(model.written).toEqual([["title", "one"]]);
  });
});
