import { act, fireEvent } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { NO_KERNEL, RUN_AGAIN } from "../../../src/kernel/liveness";
import { ago, DONE, file, files, LIVE, ROWS, RUNNING, reply } from "../../fake_jobs";
import { later } from "../../show";
import { showJob, showMonitor, showRows } from "../../show_monitor";

beforeEach(() => void vi.useFakeTimers({ now: new Date("2026-11-25T14:30:00") }));
afterEach(() => void vi.useRealTimers());

const saved = () => ({ at: new Date("2026-11-25T14:05:00").toISOString(), rows: [RUNNING, DONE] });

describe("without a kernel", () => {
  it("what was saved is shown read-only after three seconds, and said to be of then", async () => {
    const { text, titles, button, field, rows, model, page } = showMonitor({
      saved: saved(),
      condition: LIVE,
    });
    await later(2_999);
    expect(page.queryByRole("alert")).toBeNull();
    await later(1);
    expect(page.getByRole("alert").textContent).toContain(
      `${NO_KERNEL.silent}This shows what was known today 14:05. ${RUN_AGAIN.silent}`,
    );
    expect(titles().sort()).toEqual([RUNNING.title, DONE.title].sort());
    expect(text()).toContain("no kernel");
    expect(button("Refresh").getAttribute("aria-disabled")).toBe("true");
    expect(field("System").disabled).toBe(true);
    await act(async () => {
      fireEvent.click(button("Refresh"));
      fireEvent.click(rows()[0] as HTMLElement);
    });
    expect(model.sent.map(({ kind }) => kind)).toEqual([]);
    expect(model.written).toEqual([]);
  });

  it("the time in a stage stands still at when it was true", async () => {
    const { text } = showMonitor({
      condition: LIVE,
      saved: {
        at: new Date("2026-11-25T14:05:00").toISOString(),
        rows: [{ ...RUNNING, since: new Date("2026-11-25T13:55:00").toISOString() }],
      },
    });
    await later(60_000);
    expect(text()).toContain("RUNNING · 10 min");
  });

  it("it goes live by itself as an answer comes, however late", async () => {
    const { model, answer, page, titles, button } = showMonitor({
      saved: saved(),
      condition: LIVE,
    });
    await later(60_000);
    await answer(model.wake());
    await answer({ kind: "rows", id: model.newest("rows").id, revision: 1, rows: ROWS });
    expect(page.queryByRole("alert")).toBeNull();
    expect(titles().length).toBe(3);
    expect(button("Refresh").getAttribute("aria-disabled")).toBe("false");
  });

  it("any other news from Python counts as an answer; a change by a view does not", async () => {
    const { model, page } = showMonitor();
    await later(3_000);
    act(() => model.change("hpc", "nsg"));
    act(() => model.change("selected", DONE.key));
    expect(page.getByRole("alert").textContent).toContain("No kernel answers");
    await act(async () => model.change("condition", { ...LIVE }));
    expect(page.queryByRole("alert")).toBeNull();
    expect(model.all("open")).toEqual([]); // the rows come first
  });

  it("nothing of it is said where nothing was saved", async () => {
    const { text } = showMonitor({ condition: LIVE });
    await later(3_000);
    expect(text()).toContain("Run the cell to see your jobs.");
    expect(text()).not.toContain("This shows what was known");
  });

  it("a kernel that is dead, so that sending fails, is one that does not answer", async () => {
    const model = new (class extends (await import("../../fake_jobs")).MonitorModel {
      override send() {
        throw new Error("Canceled");
      }
    })((await import("../../fake_jobs")).traits());
    const { page } = showMonitor({}, model);
    await later(3_000);
    expect(page.getByRole("alert").textContent).toContain("No kernel answers");
  });

  it("no timer and no listener is left as the view goes", async () => {
    const { model, end } = showMonitor();
    await later(100);
    end();
    expect(model.listenerCount).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("with a kernel that ends while the page is open", () => {
  it("the job that is open stays, as it was, and nothing can be done about it", async () => {
    const { model, el, text, button, page } = await showJob(RUNNING);
    await later(30_000);
    act(() => model.die());
    expect(page.getByRole("alert").textContent).toContain(NO_KERNEL.gone);
    expect(page.getByRole("alert").textContent).toContain(RUN_AGAIN.gone);
    expect(el.querySelector(".b-dot-connected")).toBeNull();
    const before = text();
    await later(60_000);
    expect(text()).toBe(before);
    for (const name of ["Refresh", "Cancel job…", "Close the details"])
      expect(button(name).matches("fieldset:disabled *, [aria-disabled=true]")).toBe(true);
  });

  it("a download that was under way ends in words", async () => {
    const { model, answer, click, tab, text } = await showJob(DONE);
    await tab("Files");
    await answer(files(model.newest("files").id, [file("a.csv")]));
    await click(/Download all/);
    model.under_way = [model.newest("download").id];
    await later(30_000);
    expect(text()).toContain("Asking for the files");
    act(() => model.die());
    await later(10);
    expect(text()).toContain("It is not known here whether this was done");
  });
});

describe("with a busy kernel", () => {
  it("a refresh that gets no answer says so, and a late answer ends that", async () => {
    const { model, answer, button, page } = await showRows();
    model.fallBusy();
    await act(async () => void fireEvent.click(button("Refresh")));
    await later(10_000);
    expect(page.getByRole("alert").textContent).toContain("The kernel is busy.");
    expect(model.all("refresh").length).toBe(1);
    await answer(reply(model.newest("refresh").id));
    expect(page.queryByRole("alert")).toBeNull();
  });
});

describe("where there is nothing to show", () => {
  it("it is said that the jobs are being read", async () => {
    const { model, answer, text } = showMonitor();
    expect(text()).toContain("Reading your jobs…");
    await answer(model.wake());
    expect(text()).toContain("Reading your jobs…");
  });

  it("it is said how to submit the first job", async () => {
    const { text } = await showRows([]);
    expect(text()).toContain("You have no jobs yet.");
    expect(text()).toContain("from bspsa_widgets import JobSubmitter");
  });

  it("it is not called no jobs where they could not be read", async () => {
    const { text } = await showRows([], {
      condition: { ...LIVE, state: "failed", message: "The service does not answer." },
    });
    expect(text()).toContain("✕The service does not answer.");
    expect(text()).not.toContain("no jobs yet");
  });
});

describe("the state of the lists", () => {
  it("counts the seconds since they were read", async () => {
    const { text } = await showRows(ROWS, { condition: { ...LIVE, checked: ago(0) } });
    await later(4_000);
    expect(text()).toContain("live · 4 s ago");
  });

  it("is old where the service does not answer: since when is said, and time stands still", async () => {
    const since = new Date("2026-11-25T14:00:00").toISOString();
    const { page, text } = await showRows([{ ...RUNNING, since }], {
      condition: {
        ...LIVE,
        state: "old",
        message: "Looking again in 40 s.",
        checked: new Date("2026-11-25T14:20:00").toISOString(),
      },
    });
    expect(page.getByRole("alert").textContent).toContain(
      "Not up to date. This shows what was known today 14:20.Looking again in 40 s.",
    );
    await later(5_000);
    expect(text()).toContain("RUNNING · 20 min");
  });

  it("is old: rows of a service that has gone can be removed", async () => {
    const old = { ...LIVE, state: "old" as const, message: "It is not there." };
    const { model, click } = await showRows(ROWS, { condition: old });
    await click("Remove these rows");
    expect(model.newest("forget").kind).toBe("forget");
  });

  it("says what broke beside the table, which is live still", async () => {
    const { page, text } = await showRows(ROWS, {
      condition: { ...LIVE, message: "A function given to on_done: <b>" },
    });
    expect(page.getByRole("alert").textContent).toBe("△A function given to on_done: <b>");
    expect(text()).not.toContain("Not up to date");
  });

  it("names the systems that could not be read", async () => {
    const { text } = await showRows(ROWS, {
      condition: { ...LIVE, failed: [{ system: "NSG", words: "<b>500</b>" }] },
    });
    expect(text()).toContain("The jobs of NSG could not be read.<b>500</b>");
  });

  it("asks for a token where there is none; it travels in one message, and stays nowhere", async () => {
    const { model, field, button, answer, text, el } = await showRows([], {
      connection: { label: "", user: "", state: "no_token", message: "There is no token." },
      condition: { ...LIVE, state: "failed", message: "There is no token." },
    });
    expect(text()).not.toContain("✕");
    act(() => void fireEvent.input(field("Access token"), { target: { value: "secret" } }));
    await act(async () => void fireEvent.click(button("Use token")));
    expect(model.all("token").map(({ token }) => token)).toEqual(["secret"]);
    expect(field("Access token").value).toBe("");
    await answer(reply(model.newest("token").id, false, "The service refuses it."));
    expect(text()).toContain("▲ The service refuses it.");
    expect(el.innerHTML).not.toContain("secret");
    expect(JSON.stringify(model.values)).not.toContain("secret");
  });

  it("tells what is left of each project", async () => {
    const { text } = await showRows();
    expect(text()).toContain("Hours left (2 projects)");
    expect(text()).toContain("Piz Daint · bsp_pizdaint_01About 4,599 of 5,000 h left");
  });
});
