/** The keyboard's place is never lost: where its element goes, another one of the view gets it. */
import { act, fireEvent } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";
import { DONE, details, RUNNING, reply } from "../fake_jobs";
import { settled, show } from "../show";
import { showJob, showMonitor } from "../show_monitor";

const NO_TOKEN = { label: "bspsa.cineca.it", user: "", state: "no_token", message: "" } as const;
const CONNECTED = { ...NO_TOKEN, user: "306328", state: "connected" } as const;

describe("the focus", () => {
  it("stays in the panel when the token is taken and its field goes", async () => {
    const { button, model, el, field } = show({ connection: NO_TOKEN });
    button("Use token").focus();
    act(() => model.change("connection", CONNECTED));
    await settled();
    expect(el.contains(document.activeElement)).toBe(true);
    expect(document.activeElement).toBe(field("System"));
  });

  it("stays in the monitor when the token is taken and its field goes", async () => {
    const shown = showMonitor({ connection: NO_TOKEN });
    await shown.answer(shown.model.wake());
    shown.field("Access token").focus();
    await act(async () => shown.model.change("connection", CONNECTED));
    await settled();
    expect(shown.el.contains(document.activeElement)).toBe(true);
  });

  it("goes from Download all to Stop, and back as the download ends", async () => {
    const { tab, answer, model, button, click } = await showJob(DONE);
    await tab("Files");
    await answer({
      kind: "files",
      id: model.newest("files").id,
      files: [{ name: "a", size: 1, state: "", path: "", preview: "", unpacks: false }],
      notes: [],
      place: "results/x",
      error: "",
    });
    button(/^Download all/).focus();
    await click(/^Download all/);
    await settled();
    expect(document.activeElement?.textContent).toBe("Stop");
    await answer({
      kind: "downloaded",
      id: model.newest("download").id,
      came: [],
      kept: ["a"],
      left: [],
      skipped: [],
      stopped: false,
      error: "",
    });
    await settled();
    expect(document.activeElement?.textContent).toMatch(/^Download all/);
  });

  it("stays in the details when the job that was cancelled cannot be cancelled any more", async () => {
    const { answer, model, click, el, button } = await showJob(RUNNING, { can_cancel: true });
    await click("Cancel job…");
    button("Cancel the job").focus();
    await click("Cancel the job");
    await settled();
    await answer(reply(model.newest("end").id, true, "The job is cancelled."));
    await answer(details("", RUNNING, { can_cancel: false }));
    await settled();
    expect(el.querySelector(".b-job-head")?.contains(document.activeElement)).toBe(true);
  });

  it("is not taken back by a view that the user has left", async () => {
    const { button, model } = show({ connection: NO_TOKEN });
    button("Use token").focus();
    act(() => (document.activeElement as HTMLElement).blur());
    await settled();
    act(() => model.change("connection", CONNECTED));
    await settled();
    expect(document.activeElement).toBe(document.body);
  });
});

describe("what is said twice", () => {
  it("is heard twice", async () => {
    const { el, button, model } = show();
    vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue();
    const heard: string[] = [];
    const region = el.querySelector('[aria-live="polite"]') as HTMLElement;
    new MutationObserver(() => heard.push(region.textContent ?? "")).observe(region, {
      childList: true,
      characterData: true,
      subtree: true,
    });
    for (let time = 0; time < 2; time += 1) {
      fireEvent.click(button("Copy as Python"));
      await settled();
    }
    expect(heard).toEqual(["Copied as Python.", "Copied as Python."]);
    expect(model.sent).toEqual([]);
  });
});
