import { act, fireEvent } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import type { Run } from "../../../../src/monitor/contract";
import { DONE, details, FAILED, log, logChanged, RUNNING, reply, viewOf } from "../../../fake_jobs";
import { type Shown, showJob } from "../../../show_monitor";

const plain = (...texts: string[]): Run[][] => texts.map((text) => [[text, ""]]);
const printed = ({ el }: Shown) => el.querySelector(".b-lines")?.textContent;

async function showOutput(lines = plain("one", "two"), more = {}) {
  const shown = await showJob(RUNNING);
  await shown.tab("Output");
  const { id } = shown.model.newest("log");
  await shown.answer(log(id, RUNNING, { lines, size: 8, ...more }));
  return shown;
}

describe("the output", () => {
  it("is asked for once, as its tab is opened: the last 1,000 lines", async () => {
    const { model } = await showOutput();
    expect(model.all("log")).toMatchObject([
      { key: RUNNING.key, stream: "stdout", lines: 1_000, whole: false },
    ]);
  });

  it("is text, whatever it holds; colours are classes from a fixed set", async () => {
    const evil = "<b onclick=x>&amp;</b>";
    const shown = await showOutput([
      [
        [evil, ""],
        ["red", "bold red on-white"],
        ["odd", 'x" onload=y b-primary bright-blue'],
      ],
      ...plain("second"),
    ]);
    expect(printed(shown)).toBe(`${evil}redodd\nsecond\n`);
    const spans = [...shown.el.querySelectorAll(".b-lines span")];
    expect(spans.map((span) => span.className)).toEqual([
      "b-ink-bold b-ink-red b-ink-on-white",
      "b-ink-bright-blue",
    ]);
    expect(shown.el.querySelector(".b-lines b")).toBeNull();
  });

  it("goes on as Python pushes; of another job or stream nothing is shown", async () => {
    const shown = await showOutput();
    await shown.answer(logChanged(RUNNING, { kept: 2, lines: plain("three") }));
    expect(printed(shown)).toBe("one\ntwo\nthree\n");
    await shown.answer(logChanged(DONE, { revision: 3, lines: plain("of another job") }));
    await shown.answer(
      logChanged(RUNNING, { revision: 3, stream: "stderr", lines: plain("of stderr") }),
    );
    expect(printed(shown)).toBe("one\ntwo\nthree\n");
    expect(shown.model.all("log").length).toBe(1);
  });

  it("is put together from what changed: at its front, at its end, or written anew", async () => {
    const shown = await showOutput(plain("one", "two", "10 %"), { at: 40, first: 41 });
    await shown.answer(
      logChanged(RUNNING, { at: 41, first: 42, kept: 1, lines: plain("20 %", "three") }),
    );
    expect(printed(shown)).toBe("two\n20 %\nthree\n");
    expect(shown.text()).toContain("all 3 lines");
    await shown.answer(logChanged(RUNNING, { revision: 3, at: 0, lines: plain("anew") }));
    expect(printed(shown)).toBe("anew\n");
    await shown.answer(logChanged(RUNNING, { revision: 4, kept: 1, problem: "No answer." }));
    expect(printed(shown)).toBe("anew\n");
    expect(shown.text()).toContain("△ No answer.");
  });

  it("of which some was missed is asked for as a whole, once", async () => {
    const shown = await showOutput();
    await shown.answer(logChanged(RUNNING, { revision: 3, kept: 3, lines: plain("four") }));
    await shown.answer(logChanged(RUNNING, { revision: 4, kept: 4, lines: plain("five") }));
    expect(printed(shown)).toBe("one\ntwo\n");
    const asked = shown.model.all("log");
    expect(asked).toMatchObject([{}, { stream: "stdout", lines: 1_000, whole: false }]);
    const lines = plain("one", "two", "three", "four", "five");
    await shown.answer(log(asked[1]?.id ?? "", RUNNING, { revision: 4, lines }));
    await shown.answer(logChanged(RUNNING, { revision: 5, kept: 5, lines: plain("six") }));
    expect(printed(shown)).toBe("one\ntwo\nthree\nfour\nfive\nsix\n");
    expect(shown.model.all("log").length).toBe(2);
  });

  it("is asked for again once a kernel answers again: its last words may have been missed", async () => {
    const shown = await showOutput();
    act(() => shown.model.die());
    expect(shown.text()).toContain("No kernel answers");
    await shown.answer(shown.model.wake());
    await shown.answer(details(shown.model.newest("open").id, RUNNING));
    expect(shown.model.all("log").length).toBe(2);
    await shown.answer(log(shown.model.newest("log").id, RUNNING, { lines: plain("the end") }));
    expect(printed(shown)).toBe("the end\n");
  });

  it("keeps to its end as it goes on, but only where the end was in sight", async () => {
    const shown = await showOutput();
    const box = shown.el.querySelector(".b-lines") as HTMLElement;
    Object.defineProperties(box, {
      scrollHeight: { value: 500, configurable: true },
      clientHeight: { value: 100 },
    });
    await shown.answer(logChanged(RUNNING, { lines: plain("a") }));
    expect(box.scrollTop).toBe(500);
    box.scrollTop = 50;
    act(() => void fireEvent.scroll(box));
    await shown.answer(logChanged(RUNNING, { revision: 3, kept: 1, lines: plain("b") }));
    expect(box.scrollTop).toBe(50);
    box.scrollTop = 398;
    act(() => void fireEvent.scroll(box));
    await shown.answer(logChanged(RUNNING, { revision: 4, kept: 2, lines: plain("c") }));
    expect(box.scrollTop).toBe(500);
  });

  it("changes its stream by one request, and shows what was known of it meanwhile", async () => {
    const shown = await showOutput();
    await shown.click("stderr");
    expect(shown.model.newest("log").stream).toBe("stderr");
    expect(shown.text()).toContain("Reading…");
    const first = shown.model.newest("log").id;
    await shown.click("stdout");
    expect(printed(shown)).toBe("one\ntwo\n");
    await shown.answer(log(first, RUNNING, { stream: "stderr", lines: plain("late") }));
    expect(printed(shown)).toBe("one\ntwo\n");
    expect(shown.model.all("log").length).toBe(3);
  });

  it("says how much of it is shown, and shows all on request", async () => {
    const shown = await showOutput(plain("x", "y"), {
      first: 4_001,
      size: 1_480_000,
      is_complete: false,
      note: "The service can send this log only as a whole.",
    });
    expect(shown.text()).toContain("stdout, last 2 of 4,002 lines, 1.5 MB");
    expect(shown.text()).toContain("The service can send this log only as a whole.");
    await shown.click("Show all");
    expect(shown.model.newest("log").whole).toBe(true);
    await shown.click("Show all");
    expect(shown.model.all("log").length).toBe(2);
    await shown.answer(log(shown.model.newest("log").id, RUNNING, { lines: plain("x") }));
    expect(shown.page.queryByRole("button", { name: "Show all" })).toBeNull();
    expect(shown.text()).toContain("stdout, all 1 line");
  });

  it("is let go as it goes out of sight, and not where it was final", async () => {
    const shown = await showOutput();
    await shown.tab("Overview");
    expect(shown.model.all("unfollow").map(({ key }) => key)).toEqual([RUNNING.key]);
    await shown.answer(logChanged(RUNNING, { lines: plain("after") }));
    await shown.tab("Output");
    expect(printed(shown)).toBe("one\ntwo\n");
    await shown.answer(
      log(shown.model.newest("log").id, RUNNING, { lines: plain("end"), is_final: true }),
    );
    await shown.tab("Overview");
    expect(shown.model.all("unfollow").length).toBe(1);
  });

  it("says that nothing was printed only where that is known", async () => {
    const shown = await showOutput([], { file: "" });
    expect(shown.text()).toContain("Nothing in stdout so far.");
    await shown.answer(logChanged(RUNNING, { file: "STDOUT", is_final: true }));
    expect(shown.text()).toContain("The job printed nothing to STDOUT.");
  });

  it("says why a look failed, and keeps what was seen", async () => {
    const shown = await showOutput();
    await shown.answer(logChanged(RUNNING, { kept: 2, problem: "No answer." }));
    expect(shown.text()).toContain("△ No answer.");
    expect(printed(shown)).toBe("one\ntwo\n");
  });

  it("that cannot be read says why", async () => {
    const shown = await showJob(FAILED);
    await shown.answer(reply(shown.model.newest("log").id, false, "There is no such job."));
    expect(shown.text()).toContain("▲ There is no such job.");
    expect(shown.text()).not.toContain("Reading…");
  });

  it("wraps long lines, or not", async () => {
    const { field, el } = await showOutput();
    const box = el.querySelector(".b-lines");
    expect(box?.classList.contains("b-nowrap")).toBe(false);
    act(() => void fireEvent.click(field("Wrap lines")));
    expect(el.querySelector(".b-lines")?.classList.contains("b-nowrap")).toBe(true);
  });

  it("of 200,000 lines is a handful of elements", async () => {
    const shown = await showOutput(
      Array.from({ length: 200_000 }, (_, index) => [[`line ${index}`, ""]]),
    );
    expect(printed(shown)?.length).toBeGreaterThan(2_000_000);
    expect(shown.el.querySelectorAll(".b-lines *").length).toBeLessThan(2_100);
  });

  it("leads to the results", async () => {
    const { click, page } = await showOutput();
    await click("Download results…");
    expect(page.getByRole("tab", { selected: true }).textContent).toMatch(/^Files/);
  });

  it("is not left as the job ends: what is shown stays", async () => {
    const shown = await showOutput();
    await shown.answer(
      details("", RUNNING, { view: viewOf(RUNNING, { outcome: "failed", meaning: "It failed." }) }),
    );
    expect(printed(shown)).toBe("one\ntwo\n");
    expect(shown.text()).toContain("✕It failed.");
    expect(shown.model.all("log").length).toBe(1);
  });
});
