import { act, fireEvent } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { FAILED, manyRows, ROWS, RUNNING, reply, row } from "../../../fake_jobs";
import { type Shown, showMonitor, showRows } from "../../../show_monitor";

const grid = (shown: Shown) => shown.el.querySelector("[role=grid]") as HTMLElement;
const key = (shown: Shown, name: string) =>
  act(() => void fireEvent.keyDown(grid(shown), { key: name }));
/** The row that the keyboard is on, as the grid names it. */
const current = (shown: Shown) =>
  shown.el.querySelector(`[id="${grid(shown).getAttribute("aria-activedescendant")}"]`);

describe("the table", () => {
  it("asks for a sign of life first, and for the rows once there is one, each once", async () => {
    const { model, answer } = showMonitor();
    expect(model.sent.map(({ kind }) => kind)).toEqual([]);
    await answer(model.wake());
    expect(model.sent.map(({ kind }) => kind)).toEqual(["rows"]);
  });

  it("tells title, system, end of the id, project, stage, time in it, runtime and outcome", async () => {
    const { rows } = await showRows();
    const [running, failed, done] = rows().map((one) => one.textContent);
    expect(running).toContain("CA1 fit, 200 cells");
    expect(running).toContain("Piz Daint · …B4CC94AA · bsp_pizdaint_01");
    expect(running).toContain("RUNNING · 14 min");
    expect(running).toContain("The job is running.");
    expect(running).toContain("0.2 of 2.0 h");
    expect(running).toMatch(/Open$/);
    expect(failed).toContain("0.1 of 0.5 h");
    expect(failed).toMatch(/✕Failed$/);
    expect(done).toMatch(/✓Done$/);
  });

  it("a job that the service does not show any more is neither open nor over, and counts no time", async () => {
    const { rows } = await showRows([row({ is_lost: true, stage: "RUNNING" })]);
    const told = rows()[0]?.textContent;
    expect(told).toMatch(/Not shown$/);
    expect(told).toContain("RUNNING");
    expect(told).not.toContain("RUNNING ·");
  });

  it("never shows the marker of a title", async () => {
    const { text } = await showRows([row({ title: "CA1 fit [nb-k3v7q2m5xw4tzp6a]" })]);
    expect(text()).toContain("CA1 fit");
    expect(text()).not.toContain("nb-k3v7");
  });

  it("shows hostile strings as text", async () => {
    const evil = "<img src=x onerror=alert(1)>";
    const { el, text } = await showRows([
      row({ title: evil, stage: evil, meaning: evil, system: evil, submitted: evil, note: evil }),
    ]);
    expect(el.querySelector("img")).toBeNull();
    expect(text().split(evil).length).toBeGreaterThan(4);
  });

  it("says why the last look at a job failed, in place of what its stage means", async () => {
    const { rows } = await showRows([row({ note: "The service does not answer." })]);
    expect(rows()[0]?.textContent).toContain("△ The service does not answer.");
    expect(rows()[0]?.textContent).not.toContain("The job is running.");
  });

  it("opens a row by a click: tells Python once, and asks for its details once", async () => {
    const { model, rows } = await showRows();
    await act(async () => void fireEvent.click(rows()[1] as HTMLElement));
    expect(model.written).toEqual([["selected", FAILED.key]]);
    expect(model.saves).toBe(1);
    expect(model.all("open").map(({ key }) => key)).toEqual([FAILED.key]);
    expect(rows()[1]?.getAttribute("aria-selected")).toBe("true");
    await act(async () => void fireEvent.click(rows()[1] as HTMLElement));
    expect(model.all("open").length).toBe(1);
  });

  it("opens the job that Python selects", async () => {
    const { model, rows } = await showRows();
    await act(async () => model.change("selected", RUNNING.key));
    expect(model.all("open").map(({ key }) => key)).toEqual([RUNNING.key]);
    expect(rows()[0]?.getAttribute("aria-selected")).toBe("true");
    expect(model.written).toEqual([]);
  });

  it("filters by title, id, stage, project and meaning", async () => {
    const { field, titles } = await showRows();
    for (const [text, count] of [
      ["purkinje", 2],
      ["4CC94aa", 1],
      ["completed", 2],
      ["bsp_pizdaint", 1],
      ["is running", 1],
      ["sweep 3/8 completed", 1],
      ["", 3],
    ] as const) {
      const input = field("Filter by title, id or stage");
      act(() => void fireEvent.input(input, { target: { value: text } }));
      expect(titles().length).toBe(count);
    }
  });

  it("shows all again where nothing matches", async () => {
    const { field, titles, button, text, model } = await showRows(ROWS, { hpc: "nsg" });
    expect(titles().length).toBe(2);
    const input = field("Filter by title, id or stage");
    act(() => void fireEvent.input(input, { target: { value: "no such job" } }));
    expect(text()).toContain("No job matches.");
    act(() => void fireEvent.click(button("Show all")));
    expect(titles().length).toBe(3);
    expect(model.written).toEqual([
      ["hpc", ""],
      ["project", ""],
    ]);
  });

  it("chooses a system in Python, too, and stages here alone", async () => {
    const { field, titles, model } = await showRows();
    act(() => void fireEvent.change(field("System"), { target: { value: "nsg" } }));
    expect(titles().length).toBe(2);
    expect(model.written).toEqual([
      ["hpc", "nsg"],
      ["project", ""],
    ]);
    act(() => void fireEvent.change(field("Stage"), { target: { value: "failed" } }));
    expect(titles()).toEqual([FAILED.title]);
    expect(model.written.length).toBe(2);
  });

  it("sorts by the head that is clicked, and the other way round by one more click", async () => {
    const { titles, button, page } = await showRows();
    const order = () =>
      page.getAllByRole("columnheader").map((head) => head.getAttribute("aria-sort"));
    expect(order()).toEqual(["none", "none", "descending", "none", "none"]);
    act(() => void fireEvent.click(button(/^Title/)));
    expect(titles()).toEqual(["CA1 fit, 200 cells", "Purkinje sweep 2/8", "Purkinje sweep 3/8"]);
    expect(order()).toEqual(["ascending", "none", "none", "none", "none"]);
    act(() => void fireEvent.click(button(/^Title/)));
    expect(titles()[0]).toBe("Purkinje sweep 3/8");
    expect(order()[0]).toBe("descending");
  });

  it("is a grid with rows and cells, of which it says how many there are", async () => {
    const shown = await showRows(manyRows(10_000));
    expect(grid(shown).getAttribute("aria-rowcount")).toBe("10001");
    expect(shown.rows().length).toBeLessThan(40);
    expect(shown.rows()[0]?.getAttribute("aria-rowindex")).toBe("2");
    expect(shown.rows()[0]?.querySelectorAll("td").length).toBe(5);
  });

  it("goes through its rows by the keyboard, also to those that are not drawn", async () => {
    const shown = await showRows(manyRows(10_000));
    act(() => grid(shown).focus());
    const places: (string | null | undefined)[] = [];
    for (const name of ["ArrowDown", "ArrowUp", "ArrowUp", "PageDown", "End", "ArrowUp", "Home"]) {
      key(shown, name);
      places.push(current(shown)?.getAttribute("aria-rowindex"));
    }
    expect(places).toEqual(["3", "2", "2", "9", "10001", "10000", "2"]);
    expect(document.activeElement).toBe(grid(shown));
    expect(shown.model.written).toEqual([]);
  });

  it("opens the row that the keyboard is on by Enter", async () => {
    const shown = await showRows();
    key(shown, "ArrowDown");
    key(shown, "Enter");
    expect(shown.model.written).toEqual([["selected", FAILED.key]]);
    expect(shown.text()).toContain(`Details of ${FAILED.title} are shown below the table.`);
    key(shown, "Enter"); // once more goes into them
    expect(document.activeElement).toBe(shown.page.getByRole("tab", { name: "Output" }));
  });

  it("leaves the keys of its heads' buttons alone", async () => {
    const shown = await showRows();
    act(() => void fireEvent.keyDown(shown.button(/^Title/), { key: "Enter" }));
    expect(shown.model.written).toEqual([]);
  });

  it("keeps the keyboard's row as rows come before it", async () => {
    const shown = await showRows();
    key(shown, "ArrowDown");
    await shown.answer({
      kind: "changed",
      id: "",
      revision: 2,
      rows: [row({ job_id: "NEW", title: "The newest", submitted: new Date().toISOString() })],
      gone: [],
    });
    expect(current(shown)?.textContent).toContain(FAILED.title);
  });

  it("refreshes by one request for a click, and a second click while it waits is none", async () => {
    const { model, button, answer, page } = await showRows();
    await act(async () => {
      fireEvent.click(button("Refresh"));
      fireEvent.click(button("Refresh"));
    });
    expect(model.all("refresh").length).toBe(1);
    expect(button("Refresh").getAttribute("aria-disabled")).toBe("true");
    await answer(reply(model.newest("refresh").id, false, "The service does not answer."));
    expect(page.getByRole("alert").textContent).toBe("▲ The service does not answer.");
    await act(async () => void fireEvent.click(button("Refresh")));
    expect(model.all("refresh").length).toBe(2);
  });
});
