import { act, fireEvent } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { FAILED, ROWS, RUNNING, reply, row } from "./fake_jobs";
import { showMonitor, showRows } from "./show_monitor";

describe("the table", () => {
  it("asks for a sign of life first, and for the rows once there is one, each once", async () => {
    const { model, answer } = showMonitor();
    expect(model.sent.map(({ kind }) => kind)).toEqual(["hello"]);
    await answer(reply(model.last("hello").id));
    expect(model.sent.map(({ kind }) => kind)).toEqual(["hello", "rows"]);
  });

  it("tells title, system, end of the id, stage, time in it, runtime and outcome", async () => {
    const { rows } = await showRows();
    const [running, failed, done] = rows().map((one) => one.textContent);
    expect(running).toContain("CA1 fit, 200 cells");
    expect(running).toContain("Piz Daint · …B4CC94AA");
    expect(running).toContain("RUNNING · 14 min");
    expect(running).toContain("The job is running.");
    expect(running).toContain("0.2 of 2.0 h");
    expect(running).toMatch(/Open$/);
    expect(failed).toContain("0.1 of 0.5 h");
    expect(failed).toMatch(/✕Failed$/);
    expect(done).toMatch(/✓Done$/);
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

  it("opens a row by a click: tells Python once", async () => {
    const { model, rows } = await showRows();
    await act(async () => void fireEvent.click(rows()[1] as HTMLElement));
    expect(model.written).toEqual([["selected", FAILED.key]]);
    expect(rows()[1]?.getAttribute("aria-selected")).toBe("true");
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
      act(
        () =>
          void fireEvent.input(field("Filter by title, id or stage"), { target: { value: text } }),
      );
      expect(titles().length).toBe(count);
    }
    expect(ROWS).toContain(RUNNING);
  });
});
