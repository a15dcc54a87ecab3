import { act, fireEvent, within } from "@testing-library/preact";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { JobView } from "../../../../src/contract";
import type { RecordDetails } from "../../../../src/monitor/contract";
import { DONE, details, FAILED, RUNNING, reply, row, viewOf } from "../../../fake_jobs";
import { later, settled } from "../../../show";
import { showJob, showRows } from "../../../show_monitor";

const EVIL = "<img src=x onerror=alert(1)>";
const RECORD: RecordDetails = {
  record: "nb-k3v7q2m5xw4tzp6a",
  notebook: "sweep.ipynb",
  endpoint: "https://bspsa.cineca.it",
  began: "2026-11-23T21:40:00+00:00",
  words: "The service has the job.",
  settings: [
    { label: "Folder", value: "models/purkinje" },
    { label: "Tool", value: "Python (PY_TG)" },
    { label: "Command", value: EVIL },
  ],
  python: "from bspsa_widgets import JobSubmitter\n",
};
const EVILS = [{ label: "Folder", value: EVIL }, ...RECORD.settings.slice(1)];

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("the details of a job", () => {
  it("begin with the overview: all fields, the stages as seen, the response as it came", async () => {
    const { page, text, click, el } = await showJob(RUNNING, { job: { html: EVIL } });
    expect(page.getByRole("tab", { selected: true }).textContent).toBe("Overview");
    for (const words of ["306328", RUNNING.job_id, "bsp_pizdaint_01", "results/ca1-fit-B4CC94AA"])
      expect(page.getByRole("tabpanel").textContent).toContain(words);
    expect(page.getByRole("list", { name: "Stages" }).textContent).toContain("QUEUED");
    await click("JSON");
    expect(text()).toContain(`"html": "${EVIL}"`);
    expect(el.querySelector("img")).toBeNull();
  });

  it("show hostile strings as text everywhere", async () => {
    const { el, text, tab } = await showJob(FAILED, {
      view: viewOf(FAILED, {
        title: EVIL,
        meaning: EVIL,
        project: EVIL,
        note: EVIL,
        stage: EVIL,
        system: EVIL,
        seen: [{ stage: EVIL, at: EVIL }],
      }),
      owner: EVIL,
      place: EVIL,
      error: EVIL,
      input: { state: "stuck", words: EVIL },
      cause: { headline: EVIL, detail: EVIL, advice: EVIL, rule: EVIL, evidence: EVIL },
      record: { ...RECORD, words: EVIL, notebook: EVIL, began: EVIL, settings: EVILS },
    });
    for (const [name, least] of [
      ["Overview", 12],
      ["Record", 5],
    ] as const) {
      await tab(name);
      expect(text().split(EVIL).length).toBeGreaterThan(least);
      expect(el.querySelector("img")).toBeNull();
    }
  });

  it("follow what Python pushes for this job, and for no other", async () => {
    const { answer, page, text } = await showJob(RUNNING);
    await answer(details("", RUNNING, { view: viewOf(RUNNING, { stage: "STAGINGOUT" }) }));
    expect(page.getByRole("tabpanel").textContent).toContain("STAGINGOUT");
    await answer(details("", DONE, { owner: "somebody else" }));
    expect(text()).not.toContain("somebody else");
  });

  it("of a failed job begin with what it complained of, and why it failed", async () => {
    const cause = {
      headline: "A Python module was missing.",
      detail: "STDERR ends with it.",
      advice: "Choose a tool that has it.",
      rule: "module not found",
      evidence: "ModuleNotFoundError: No module named 'efel'",
    };
    const { page, model } = await showJob(FAILED, { cause });
    expect(page.getByRole("tab", { selected: true }).textContent).toBe("Output");
    expect(model.newest("log").stream).toBe("stderr");
    const words = page.getByRole("tabpanel").textContent ?? "";
    for (const part of Object.values(cause)) expect(words).toContain(part);
    expect(words.indexOf(cause.headline)).toBeLessThan(words.indexOf("stderr"));
  });

  it("that come late leave the tab that was chosen meanwhile", async () => {
    const { model, rows, answer, tab, page } = await showRows();
    await act(async () => void fireEvent.click(rows()[0] as HTMLElement));
    await tab("Files");
    expect(model.all("files")).toEqual([]);
    await answer(details(model.newest("open").id, RUNNING));
    expect(page.getByRole("tab", { selected: true }).textContent).toBe("Files");
    expect(model.all("files").length).toBe(1);
  });

  it("are closed by the button or Escape, which gives the focus back to the table", async () => {
    const { model, click, page, el } = await showJob(RUNNING);
    await click("Close the details");
    expect(model.written.at(-1)).toEqual(["selected", ""]);
    expect(model.all("close").map(({ key }) => key)).toEqual([RUNNING.key]);
    expect(page.queryByRole("tab")).toBeNull();
    expect(document.activeElement).toBe(el.querySelector("[role=grid]"));
  });

  it("of another job replace them; an answer for the first that is late changes nothing", async () => {
    const { model, rows, answer, text } = await showRows();
    await act(async () => void fireEvent.click(rows()[0] as HTMLElement));
    const late = model.newest("open").id;
    await act(async () => void fireEvent.click(rows()[2] as HTMLElement));
    await answer(details(model.newest("open").id, DONE, { owner: "the second" }));
    await answer(details(late, RUNNING, { owner: "the first" }));
    expect(text()).toContain("the second");
    expect(text()).not.toContain("the first");
    expect(model.all("close")).toEqual([]);
  });

  it("that do not come are told to wait for a busy kernel", async () => {
    vi.useFakeTimers();
    const { model, rows, answer, text } = await showRows();
    model.fallBusy();
    await act(async () => void fireEvent.click(rows()[0] as HTMLElement));
    await later(10_000);
    expect(text()).toContain("The kernel is busy.");
    await answer(details(model.newest("open").id, RUNNING));
    expect(text()).not.toContain("The kernel is busy");
  });

  it("that Python cannot give say why", async () => {
    const { model, rows, answer, text } = await showRows();
    await act(async () => void fireEvent.click(rows()[0] as HTMLElement));
    await answer(reply(model.newest("open").id, false, "There is no such job."));
    expect(text()).toContain("▲ There is no such job.");
  });

  it("that are empty, but for why, show that alone", async () => {
    const { model, rows, answer, text, tab } = await showRows();
    await act(async () => void fireEvent.click(rows()[0] as HTMLElement));
    const { id } = model.newest("open");
    await answer(
      details(id, RUNNING, { view: {} as JobView, error: "It is not in the list any more." }),
    );
    for (const name of ["Record", "Files", "Output", "Overview"]) await tab(name);
    expect(text()).toContain("▲ It is not in the list any more.");
    expect(text()).not.toContain("undefined");
  });
});

describe("the tabs", () => {
  it("are gone through by the arrow keys, Home and End, and one of them can be tabbed to", async () => {
    const { page, tab } = await showJob(RUNNING);
    await tab("Overview");
    const tabs = () => page.getAllByRole("tab");
    const seen: (string | null)[] = [];
    for (const key of ["ArrowRight", "End", "ArrowRight", "ArrowLeft", "Home"]) {
      const from = page.getByRole("tab", { selected: true });
      await act(async () => void fireEvent.keyDown(from, { key }));
      seen.push(page.getByRole("tab", { selected: true }).textContent);
      expect(document.activeElement).toBe(page.getByRole("tab", { selected: true }));
      expect(tabs().filter((one) => one.tabIndex === 0).length).toBe(1);
    }
    expect(seen).toEqual(["Output", "Record", "Overview", "Record", "Overview"]);
    const panel = page.getByRole("tabpanel");
    expect(panel.getAttribute("aria-labelledby")).toBe(tabs()[0]?.id);
  });
});

describe("cancel and delete", () => {
  it("ask first, in Python's words, and no sends nothing", async () => {
    const { page, click, model } = await showJob(RUNNING);
    await click("Cancel job…");
    expect(page.getByRole("group", { name: /What it has computed so far is lost/ })).toBeTruthy();
    expect(document.activeElement?.textContent).toBe("No, leave it");
    await click("No, leave it");
    await settled();
    expect(model.all("end")).toEqual([]);
    expect(document.activeElement?.textContent).toBe("Cancel job…");
  });

  it.each([
    ["cancel", "Cancel job…", "Cancel the job"],
    ["delete", "Delete…", "Delete the job"],
  ])(
    "%s by one request for a yes; what is known afterwards is Python's to say",
    async (what, ask, yes) => {
      const { page, click, answer, model, text } = await showJob(RUNNING);
      await click(ask);
      await act(async () => {
        const really = page.getByRole("button", { name: yes });
        fireEvent.click(really);
        fireEvent.click(really); // before it is drawn anew
      });
      await settled();
      expect(text()).toContain("Asked; looking whether it is so…");
      await click(ask);
      expect(page.queryByRole("button", { name: yes })).toBeNull();
      expect(model.all("end").map((one) => [one.key, one.what])).toEqual([[RUNNING.key, what]]);
      await answer(reply(model.newest("end").id, true, "The service says it is cancelled."));
      expect(page.getByRole("region", { name: /^Job / }).textContent).toContain(
        "The service says it is cancelled.",
      );
    },
  );

  it.each([true, false])(
    "say with the yes whether the question was of a job that cannot be read: %s",
    async (is_unread) => {
      const { click, answer, model } = await showJob(RUNNING);
      await answer(details("", RUNNING, { is_unread, ask_cancel: "It may be lost. Cancel?" }));
      await click("Cancel job…");
      await click("Cancel the job");
      expect(model.newest("end").unread).toBe(is_unread);
    },
  );

  it("that did not work say so", async () => {
    const { click, answer, model, page } = await showJob(RUNNING);
    await click("Cancel job…");
    await click("Cancel the job");
    await answer(reply(model.newest("end").id, false, "The job still runs."));
    expect(page.getByRole("alert").textContent).toBe("▲ The job still runs.");
  });

  it("are not offered where Python does not", async () => {
    const { page } = await showJob(DONE, { can_cancel: false, can_delete: false });
    expect(page.queryByRole("button", { name: /Cancel job|Delete/ })).toBeNull();
  });

  it("the question goes where the job is over before it is answered", async () => {
    const { click, answer, page } = await showJob(RUNNING);
    await click("Cancel job…");
    await answer(details("", RUNNING, { can_cancel: false }));
    expect(page.queryByRole("button", { name: "Cancel the job" })).toBeNull();
  });

  it("Escape in the question is a no, and leaves the details open", async () => {
    const { click, page, model } = await showJob(RUNNING);
    await click("Delete…");
    const no = page.getByRole("button", { name: "No, leave it" });
    await act(async () => void fireEvent.keyDown(no, { key: "Escape" }));
    await settled();
    expect(page.getByRole("button", { name: "Delete…" })).toBeTruthy();
    expect(model.all("end")).toEqual([]);
  });
});

describe("the record", () => {
  it("tells settings and words, and copies code that uses them again", async () => {
    const copied: string[] = [];
    vi.stubGlobal("navigator", {
      clipboard: { writeText: async (text: string) => void copied.push(text) },
    });
    const { tab, click, page, text } = await showJob(DONE, { record: RECORD });
    await tab("Record");
    const panel = within(page.getByRole("tabpanel"));
    for (const words of ["models/purkinje", "sweep.ipynb", "Python (PY_TG)", EVIL, RECORD.record])
      expect(panel.getByText(words)).toBeTruthy();
    await click("Use these settings again");
    expect(copied).toEqual([RECORD.python]);
    expect(text()).toContain("Copied as Python. Paste it into a cell.");
  });

  it("is shown as code to copy by hand where the clipboard is out of reach", async () => {
    vi.stubGlobal("navigator", {});
    const { tab, click, field } = await showJob(DONE, { record: RECORD });
    await tab("Record");
    await click("Use these settings again");
    await settled();
    expect(field("Code to copy by hand").value).toBe(RECORD.python);
  });

  it("that is not there says why", async () => {
    const { tab, text } = await showJob(row({ title: "From elsewhere" }));
    await tab("Record");
    expect(text()).toContain("There is no record of this job");
  });
});
