import { act, fireEvent } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { QUIET } from "../../../src/review/question";
import type { Review } from "../../../src/submitter/contract";
import { review } from "../../fake_model";
import { later, show } from "../../show";

const SECRET = "looks like a secret. Everyone who can see the job can read it.";
const ENV: Review["left_out"][number] = {
  path: ".env",
  reason: "looks like a secret",
  size: 10,
  may: "ask",
  by_user: false,
};
const FOUND: Partial<Review> = {
  files: [
    ["data/big.csv", 40_000],
    ["notes.txt", 5_000],
    ["run.sh", 100],
  ],
  left_out: [ENV],
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function open() {
  const shown = show();
  const { model, page } = shown;
  const asked = () => model.sent.filter(({ kind }) => kind === "review");
  const answer = async (changes: Partial<Review> = {}) => {
    act(() => model.answer(review(model.last("review").id, { ...FOUND, ...changes })));
    await later(0);
  };
  const row = (name: string) => page.getByRole("treeitem", { name: new RegExp(name) });
  const tick = (name: string) => fireEvent.click(row(name).querySelector(".b-tick") as Element);
  fireEvent.click(shown.button("Review"));
  await answer();
  return { ...shown, asked, answer, row, tick };
}

describe("the review", () => {
  it("asks with the form as it stands, and shows what travels and what stays", async () => {
    const { model, asked, row, text } = await open();
    expect(asked()).toHaveLength(1);
    expect(model.last("review").form.folder).toBe("ca1-fitting");
    expect(text()).toContain("3 files, 45 kB");
    expect(text()).toContain("1 excluded");
    expect(row("notes.txt").getAttribute("aria-checked")).toBe("true");
    expect(row(".env").getAttribute("aria-checked")).toBe("false");
  });

  it("counts a tick at once, and looks anew when it has been quiet for a while", async () => {
    const { model, asked, row, text, tick } = await open();
    tick("notes.txt");
    expect(row("notes.txt").getAttribute("aria-checked")).toBe("false");
    expect(text()).toContain("2 files, 40 kB");
    expect(model.values.choice.exclude).toEqual(["notes.txt"]);
    await later(QUIET - 1);
    expect(asked()).toHaveLength(1);
    await later(1);
    expect(asked()).toHaveLength(2);
    expect(model.last("review").form.choice.exclude).toEqual(["notes.txt"]);
  });

  it("does not show an answer that a newer tick has overtaken", async () => {
    const { model, answer, row, tick } = await open();
    tick("notes.txt");
    await later(QUIET);
    tick("run.sh");
    await answer({ files: [["run.sh", 100]] });
    expect(row("run.sh").getAttribute("aria-checked")).toBe("false");
    expect(model.values.choice.exclude).toEqual(["notes.txt", "run.sh"]);
  });

  it.each([
    ["Send it anyway", [".env"], "true"],
    ["No, leave it", [], "false"],
  ])("takes a secret along only after a yes: %s", async (words, secrets, checked) => {
    const { model, button, page, row, text, tick } = await open();
    tick(".env");
    expect(text()).toContain(`.env ${SECRET}`);
    expect(model.values.choice.include_secrets).toEqual([]);
    fireEvent.click(button(words));
    expect(page.queryByText(SECRET, { exact: false })).toBeNull();
    expect(model.values.choice.include_secrets).toEqual(secrets);
    expect(row(".env").getAttribute("aria-checked")).toBe(checked);
  });
});

describe("the question about a secret", () => {
  it("stays while the answer to an earlier tick comes in, and is answered then", async () => {
    const { model, answer, button, row, text, tick } = await open();
    tick("notes.txt");
    tick(".env");
    await later(QUIET);
    await answer({ files: [["run.sh", 100]] });
    expect(text()).toContain(SECRET);
    expect(document.activeElement).toBe(button("No, leave it"));

    fireEvent.click(button("Send it anyway"));
    expect(model.values.choice.include_secrets).toEqual([".env"]);
    expect(model.values.choice.exclude).toEqual(["notes.txt"]);
    expect(row(".env").getAttribute("aria-checked")).toBe("true");
    expect(text()).toContain("2 files, 110 B");
  });

  it.each([
    ["has gone", []],
    ["is in the way of nothing", [{ ...ENV, may: "yes" as const }]],
  ])("goes when the file %s", async (_, left_out) => {
    const { answer, page, tick } = await open();
    tick("notes.txt");
    tick(".env");
    await later(QUIET);
    await answer({ left_out });
    expect(page.queryByText(SECRET, { exact: false })).toBeNull();
  });
});
