import { act, fireEvent } from "@testing-library/preact";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Action, Status } from "../../../src/submitter/contract";
import { IDLE } from "../../fake_model";
import { later, settled, show } from "../../show";

const LOOK: Action = { kind: "look", label: "Check again", confirm: "" };
const AGAIN: Action = {
  kind: "again",
  label: "Submit again…",
  confirm: "A job may already exist. A second one costs quota, too.",
};
const UNCONFIRMED: Status = {
  ...IDLE,
  step: "over",
  outcome: "unconfirmed",
  headline: "We don't know whether the job was accepted.",
  detail: "Nothing was sent again.",
  record: "nb-abcdefghijklmnop",
  actions: [LOOK, AGAIN],
};
const BUSY: Status = { ...IDLE, step: "checking", busy: true, cancellable: true };
const isShut = (button: HTMLElement) => button.getAttribute("aria-disabled") === "true";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function ask(changes: Partial<Status> = {}) {
  const shown = show({ status: { ...UNCONFIRMED, ...changes } });
  shown.button("Submit again…").focus();
  fireEvent.click(shown.button("Submit again…"));
  return shown;
}

describe("the outcome's buttons", () => {
  it("stand after its words, in Python's order", () => {
    const { el } = show({ status: UNCONFIRMED });
    const said = el.querySelector(".b-said") as HTMLElement;
    expect(said.textContent).toBe(
      `${UNCONFIRMED.headline}${UNCONFIRMED.detail}Check againSubmit again…`,
    );
  });

  it("are not there where nothing can be done", () => {
    const { el } = show({ status: { ...UNCONFIRMED, actions: [] } });
    expect(el.querySelectorAll(".b-note button")).toHaveLength(0);
  });

  it("that need no word of the user are done at once, and once", async () => {
    const { model, button } = show({ status: UNCONFIRMED });
    fireEvent.click(button("Check again"));
    fireEvent.click(button("Check again"));
    expect(model.sent).toHaveLength(1);
    expect(model.last("look")).toMatchObject({ kind: "look", record: "nb-abcdefghijklmnop" });
    expect(isShut(button("Check again"))).toBe(true);
    expect(isShut(button("Submit again…"))).toBe(false);
    model.answer({ kind: "reply", id: model.last("look").id, ok: true, message: "" });
    await settled();
    expect(isShut(button("Check again"))).toBe(false);
  });

  it("say why Python would not, until the next click", async () => {
    const { model, button, page } = show({ status: UNCONFIRMED });
    fireEvent.click(button("Check again"));
    const message = "Another kernel <i>tends</i> it.";
    model.answer({ kind: "reply", id: model.last("look").id, ok: false, message });
    await settled();
    expect(page.getByRole("alert").textContent).toBe(`▲ ${message}`);
    fireEvent.click(button("Check again"));
    expect(page.queryByRole("alert")).toBeNull();
  });

  it("say that the kernel is busy, and take its late answer", async () => {
    vi.useFakeTimers();
    const { model, button, page } = show({ status: UNCONFIRMED });
    model.fallBusy();
    fireEvent.click(button("Check again"));
    await later(10_100);
    expect(page.getByRole("alert").textContent).toContain("The kernel is busy.");
    model.answer({ kind: "reply", id: model.last("look").id, ok: true, message: "" });
    await later(10);
    expect(page.queryByRole("alert")).toBeNull();
  });

  it("leave the focus with the outcome where the one that had it goes", async () => {
    const { model, button, el } = show({ status: UNCONFIRMED });
    button("Check again").focus();
    act(() => model.change("status", { ...UNCONFIRMED, actions: [AGAIN] }));
    await settled();
    expect(document.activeElement).toBe(el.querySelector(".b-note"));
  });

  it("leave the focus at Submit where the whole outcome goes", async () => {
    const { model, button } = show({ status: UNCONFIRMED });
    button("Check again").focus();
    act(() => model.change("status", IDLE));
    await settled();
    expect(document.activeElement).toBe(button("Submit"));
  });

  it("do not draw the focus when they go without having had it", async () => {
    const { model, field } = show({ status: UNCONFIRMED });
    field("Title").focus();
    act(() => model.change("status", IDLE));
    await settled();
    expect(document.activeElement).toBe(field("Title"));
  });
});

describe("a question", () => {
  it("is asked in place, with the focus on what does no harm", () => {
    const confirm = vi.fn();
    vi.stubGlobal("confirm", confirm);
    const { model, button, page } = ask();
    expect(page.getByRole("group", { name: AGAIN.confirm })).toBeTruthy();
    expect(document.activeElement).toBe(button("No, leave it"));
    const asked = button("No, leave it").getAttribute("aria-describedby") ?? "";
    expect(document.getElementById(asked)?.textContent).toBe(AGAIN.confirm);
    expect(page.queryByRole("button", { name: "Check again" })).toBeNull();
    expect(model.sent).toEqual([]);
    expect(confirm).not.toHaveBeenCalled();
  });

  it.each([
    ["No, leave it", (leave: HTMLElement) => fireEvent.click(leave)],
    ["Esc", (leave: HTMLElement) => fireEvent.keyDown(leave, { key: "Escape" })],
  ])("is closed by %s, which sends nothing and gives the focus back", (_name, close) => {
    const { model, button, page } = ask();
    close(button("No, leave it"));
    expect(page.queryByRole("group")).toBeNull();
    expect(document.activeElement).toBe(button("Submit again…"));
    expect(model.sent).toEqual([]);
  });

  it("keeps Esc to itself, and lets other keys pass", () => {
    const { button, el } = ask();
    const seen: string[] = [];
    el.addEventListener("keydown", (event) => seen.push(event.key));
    fireEvent.keyDown(button("No, leave it"), { key: "a" });
    fireEvent.keyDown(button("No, leave it"), { key: "Escape" });
    expect(seen).toEqual(["a"]);
  });

  it("stays, with its focus, while the status is told anew", () => {
    const { model, button } = ask();
    act(() => model.change("status", { ...UNCONFIRMED, detail: "Looked once more." }));
    expect(document.activeElement).toBe(button("No, leave it"));
  });

  it("goes when its action goes, and does not come back by itself", async () => {
    const { model, page, el } = ask();
    act(() => model.change("status", { ...UNCONFIRMED, actions: [LOOK] }));
    await settled();
    expect(page.queryByRole("group")).toBeNull();
    expect(document.activeElement).toBe(el.querySelector(".b-note"));
    act(() => model.change("status", UNCONFIRMED));
    expect(page.queryByRole("group")).toBeNull();
  });

  it("of one submission is not carried over to another", () => {
    const { model, page } = ask();
    act(() => model.change("status", { ...UNCONFIRMED, record: "nb-ponmlkjihgfedcba" }));
    expect(page.queryByRole("group")).toBeNull();
  });

  it("is not answered by the second half of a double click", () => {
    const { model, button } = ask();
    fireEvent.click(button("Submit again"), { detail: 2 });
    expect(model.sent).toEqual([]);
    fireEvent.click(button("Submit again"), { detail: 1 });
    expect(model.sent).toHaveLength(1);
  });

  it("may come before a look, too", async () => {
    const { model, button } = show({
      status: { ...UNCONFIRMED, actions: [{ ...LOOK, confirm: "Sure?" }] },
    });
    fireEvent.click(button("Check again"));
    fireEvent.click(button("Check again"));
    expect(model.last("look").record).toBe("nb-abcdefghijklmnop");
    expect(document.activeElement).toBe(button("Check again"));
  });
});

describe("Submit again", () => {
  it("sends the form as it stands, once, and leaves the focus at Submit", () => {
    const { model, button, field } = ask();
    fireEvent.input(field("Title"), { target: { value: "just typed" } });
    const yes = button("Submit again");
    fireEvent.click(yes);
    fireEvent.click(yes);
    expect(model.sent).toHaveLength(1);
    const { form, id } = model.last("again");
    expect(form).toMatchObject({ hpc: "pizdaint", title: "just typed", runtime: 2 });
    expect(id).toMatch(/^[0-9a-f-]{32,36}$/);
    expect(model.saves).toBe(1);
    expect(document.activeElement).toBe(button("Submit"));
    expect(isShut(button("Submit"))).toBe(true);
    expect(isShut(button("Submit again…"))).toBe(true);
    fireEvent.click(button("Submit again…"));
    fireEvent.click(button("Submit"));
    expect(model.sent).toHaveLength(1);
  });

  it("is shut while a submission is under way", () => {
    const { model, button, page } = show({ status: { ...UNCONFIRMED, busy: true } });
    expect(isShut(button("Submit again…"))).toBe(true);
    fireEvent.click(button("Submit again…"));
    expect(page.queryByRole("group")).toBeNull();
    expect(model.sent).toEqual([]);
  });

  it("cannot be confirmed once a submission is under way", () => {
    const { model, button } = ask();
    act(() => model.change("status", { ...UNCONFIRMED, busy: true }));
    expect(isShut(button("Submit again"))).toBe(true);
    fireEvent.click(button("Submit again"));
    expect(model.sent).toEqual([]);
  });

  it("stays shut through further looks after the earlier one, until its own status", async () => {
    const looking = { ...UNCONFIRMED, step: "reconciling" as const, next_look: 5 };
    const { model, button, page } = ask(looking);
    fireEvent.click(button("Submit again"));
    model.answer({ kind: "reply", id: model.last("again").id, ok: true, message: "" });
    await settled();
    act(() => model.change("status", { ...looking, next_look: 15 }));
    await settled();
    expect(isShut(button("Submit again…"))).toBe(true);
    act(() => model.change("status", BUSY));
    await settled();
    expect(page.queryByRole("button", { name: "Submit again…" })).toBeNull();
    act(() => model.change("status", UNCONFIRMED));
    expect(isShut(button("Submit"))).toBe(false);
    expect(page.queryByRole("group")).toBeNull();
  });

  it("says why Python would not begin, and can be asked again", async () => {
    const { model, button, text } = ask();
    fireEvent.click(button("Submit again"));
    const { id } = model.last("again");
    model.answer({ kind: "reply", id, ok: false, message: "One is under way." });
    await settled();
    expect(text()).toContain("One is under way.");
    expect(isShut(button("Submit again…"))).toBe(false);
  });

  it("brings the focus to the first wrong field", async () => {
    const { model, button, field } = ask();
    fireEvent.click(button("Submit again"));
    model.answer({ kind: "reply", id: model.last("again").id, ok: true, message: "" });
    act(() => {
      model.change("status", { ...IDLE, outcome: "not_sent", headline: "Not submitted." });
      model.change("errors", { runtime: "Above zero, please." });
    });
    await settled();
    expect(document.activeElement).toBe(field("Runtime"));
  });
});
