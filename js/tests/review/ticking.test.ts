/** Ticks, as they change the form's choice of files. */
import { signal } from "@preact/signals";
import { describe, expect, it } from "vitest";
import type { Shown } from "../../src/review/shown";
import { createTicking } from "../../src/review/ticking";
import { type Entry, find, treeOf } from "../../src/review/tree";
import type { Review } from "../../src/submitter/contract";
import { review } from "../fake_model";
import { formOf } from "../submitter/form";

const FOUND: Partial<Review> = {
  files: [
    ["run.py", 10],
    ["data/a.csv", 100],
  ],
  left_out: [
    { path: ".env", reason: "looks like a secret", size: 3, may: "ask", by_user: false },
    { path: "socket", reason: "is no file", size: null, may: "no", by_user: false },
  ],
  stuck: [{ path: "data/b.csv", reason: "cannot be read" }],
};

function ticking() {
  const { model, sync } = formOf();
  const found = review("", FOUND);
  const shown = signal<Shown | null>({ review: found, root: treeOf(found), error: "An old one." });
  const ticks = createTicking(sync, shown);
  const entry = (path: string) => find(shown.value?.root as Entry, path) as Entry;
  return { model, shown, ticks, entry, choice: () => model.values.choice };
}

describe("a tick", () => {
  it("that is taken away excludes the file, and put back takes it along again", () => {
    const { ticks, entry, choice, shown } = ticking();
    ticks.toggle(entry("run.py"));
    expect(choice()).toMatchObject({ folder: "ca1-fitting", exclude: ["run.py"] });
    expect(shown.value?.root).toMatchObject({ files: 1, bytes: 100 });
    expect(ticks.hasChoice.value).toBe(true);
    ticks.toggle(entry("run.py"));
    expect(choice().exclude).toEqual([]);
    expect(ticks.hasChoice.value).toBe(false);
  });

  it("takes away what was wrong with the answer before", () => {
    const { ticks, entry, shown } = ticking();
    ticks.toggle(entry("run.py"));
    expect(shown.value?.error).toBe("");
  });

  it("means nothing for what cannot travel", () => {
    const { ticks, entry, model } = ticking();
    ticks.toggle(entry("socket"));
    expect(model.written).toEqual([]);
  });

  it("is undone with all others where that is asked for", () => {
    const { ticks, entry, choice } = ticking();
    ticks.toggle(entry("data"));
    expect(choice().exclude).toEqual(["data/"]);
    ticks.forgetChoice();
    expect(choice()).toMatchObject({ include: [], exclude: [], include_secrets: [] });
  });
});

describe("a secret", () => {
  it("is asked about, and stays after a no", () => {
    const { ticks, entry, model } = ticking();
    ticks.toggle(entry(".env"));
    expect(ticks.secret.value?.path).toBe(".env");
    ticks.answerSecret(false);
    expect(ticks.secret.value).toBeNull();
    expect(model.written).toEqual([]);
  });

  it("travels after a yes, named apart", () => {
    const { ticks, entry, choice } = ticking();
    ticks.toggle(entry(".env"));
    ticks.answerSecret(true);
    expect(choice()).toMatchObject({ include: [], include_secrets: [".env"] });
    ticks.answerSecret(true);
    expect(choice().include_secrets).toEqual([".env"]);
  });

  it("is asked about as long as it is one in the tree that is shown", () => {
    const { ticks, entry } = ticking();
    ticks.toggle(entry(".env"));
    const again = treeOf(review("", FOUND));
    ticks.keepSecret(again);
    expect(ticks.secret.value).toBe(find(again, ".env"));
    ticks.keepSecret(treeOf(review("", { files: [[".env", 3]] })));
    expect(ticks.secret.value).toBeNull();
  });
});

describe("what cannot be sent", () => {
  it("is left out on a click, and is in the way no more", () => {
    const { ticks, choice } = ticking();
    expect(ticks.stuck.value.map(({ path }) => path)).toEqual(["data/b.csv"]);
    ticks.leaveOut(["data/b.csv"]);
    expect(choice().exclude).toEqual(["data/b.csv"]);
    expect(ticks.stuck.value).toEqual([]);
  });
});

describe("a choice for another folder", () => {
  it("does not count", () => {
    const { model, ticks } = ticking();
    model.change("choice", { folder: "b", include: [], exclude: ["x"], include_secrets: [] });
    expect(ticks.choice.value.exclude).toEqual([]);
    expect(ticks.hasChoice.value).toBe(false);
  });
});
