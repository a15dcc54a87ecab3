import { act } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import type { Changed, JobRow } from "../../src/monitor/contract";
import { DONE, FAILED, ROWS, RUNNING, reply, row } from "../fake_jobs";
import { showMonitor, showRows } from "../show_monitor";

const changed = (revision: number, rows: JobRow[] = [], gone: string[] = []): Changed => ({
  kind: "changed",
  id: "",
  revision,
  rows,
  gone,
});

describe("changes of rows", () => {
  it("replace rows, add new ones, and take away those that are gone", async () => {
    const { answer, titles, text, model } = await showRows();
    const extra = row({ job_id: "X", title: "One more" });
    await answer(changed(2, [{ ...RUNNING, stage: "STAGINGOUT" }, extra], [DONE.key]));
    expect(text()).toContain("STAGINGOUT");
    expect(titles().sort()).toEqual([RUNNING.title, "One more", FAILED.title].sort());
    expect(model.all("rows").length).toBe(1);
  });

  it("that skip a revision are not used: all rows are asked for again, once", async () => {
    const { answer, titles, model } = await showRows();
    await answer(changed(3, [row({ job_id: "X", title: "One more" })]));
    await answer(changed(4, [row({ job_id: "Y", title: "Another" })]));
    expect(model.all("rows").length).toBe(2);
    expect(titles()).not.toContain("One more");
    await answer({ kind: "rows", id: model.newest("rows").id, revision: 4, rows: [DONE] });
    expect(titles()).toEqual([DONE.title]);
  });

  it("that overtake the rows themselves are used where they are newer", async () => {
    const { answer, titles, model } = showMonitor();
    await answer(model.wake());
    await answer(changed(1, [], [FAILED.key]));
    await answer(changed(2, [], [DONE.key]));
    await answer({ kind: "rows", id: model.newest("rows").id, revision: 1, rows: ROWS });
    expect(titles()).toEqual([RUNNING.title, FAILED.title]);
    expect(model.all("rows").length).toBe(1);
  });

  it("that are older than what is shown change nothing", async () => {
    const { answer, titles, model } = await showRows();
    await answer(
      changed(
        1,
        [],
        ROWS.map(({ key }) => key),
      ),
    );
    await answer(
      changed(
        0,
        [],
        ROWS.map(({ key }) => key),
      ),
    );
    expect(titles().length).toBe(3);
    expect(model.all("rows").length).toBe(1);
  });

  it("are said aloud for the selected job alone, and once", async () => {
    const { answer, page, model } = await showRows();
    const said = () => page.getAllByRole("status").map((one) => one.textContent);
    await answer(changed(2, [{ ...RUNNING, stage: "STAGINGOUT", meaning: "Copying results." }]));
    expect(said()).not.toContain("CA1 fit, 200 cells: Copying results.");
    await act(async () => model.change("selected", RUNNING.key));
    await answer(changed(3, [{ ...RUNNING, stage: "SUCCESSFUL", meaning: "It ran to its end." }]));
    expect(said()).toContain("CA1 fit, 200 cells: It ran to its end.");
    await answer(changed(4, [{ ...FAILED, meaning: "Not this one." }]));
    expect(said()).toContain("CA1 fit, 200 cells: It ran to its end.");
  });

  it("are not asked for where the rows could not be read: it is said why", async () => {
    const { answer, model, text } = showMonitor();
    await answer(model.wake());
    await answer(reply(model.newest("rows").id, false, "The monitor is closed."));
    expect(text()).toContain("▲ The monitor is closed.");
  });
});
