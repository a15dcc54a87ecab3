import { act, fireEvent } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { file } from "../../../fake_jobs";
import type { Shown } from "../../../show_monitor";
import { showFiles } from "./show_files";

describe("many files", () => {
  const MANY = Array.from({ length: 2_000 }, (_, index) => file(`out-${index}.txt`));
  const names = (shown: Shown) =>
    [...list(shown).querySelectorAll("label")].map((one) => one.textContent);
  const list = ({ page }: Shown) => page.getByRole("list", { name: "Files of the job" });
  async function scroll(shown: Shown, top: number) {
    list(shown).scrollTop = top;
    await act(async () => void fireEvent.scroll(list(shown)));
  }

  it("are drawn as far as they are seen, each with its place in the whole", async () => {
    const shown = await showFiles(MANY);
    expect(shown.el.querySelectorAll(".b-files *").length).toBeLessThan(250);
    await scroll(shown, 1_000 * 32);
    expect(names(shown)).toContain("out-1000.txt");
    expect(names(shown)).toContain("out-1009.txt");
    expect(names(shown)).not.toContain("out-0.txt");
    expect(shown.el.querySelectorAll(".b-files *").length).toBeLessThan(250);
    const line = shown.page.getByLabelText("out-1000.txt").closest("li");
    expect(line?.getAttribute("aria-posinset")).toBe("1001");
    expect(line?.getAttribute("aria-setsize")).toBe("2000");
    expect(line?.style.insetBlockStart).toBe("32000px");
    await scroll(shown, 2_000 * 32);
    expect(names(shown).at(-1)).toBe("out-1999.txt");
  });

  it("keep what is ticked, and the focus, while they are scrolled", async () => {
    const shown = await showFiles(MANY);
    const box = shown.field("out-3.txt");
    act(() => void fireEvent.click(box));
    act(() => box.focus());
    await scroll(shown, 1_000 * 32);
    expect(document.activeElement).toBe(box);
    expect(names(shown).slice(0, 4)).toEqual([
      "out-2.txt",
      "out-3.txt",
      "out-4.txt",
      "out-992.txt",
    ]);
    expect(names(shown)).toContain("out-1000.txt");
    act(() => shown.button(/^Download 1 chosen/).focus());
    expect(names(shown)).not.toContain("out-3.txt");
    await scroll(shown, 0);
    expect(shown.field("out-3.txt").checked).toBe(true);
    await shown.click(/^Download 1 chosen/);
    expect(shown.model.newest("download").names).toEqual(["out-3.txt"]);
  });

  it("that came are told in a hundred lines: first what did not go well", async () => {
    const shown = await showFiles(MANY);
    await shown.click(/^Download all/);
    const came = MANY.map(({ name }) => ({ name, path: name, size: 1, verified: true }));
    await shown.downloaded({
      came,
      left: [{ name: "late", reason: "the connection broke", may_replace: false }],
    });
    const lines = [...shown.el.querySelectorAll(".b-report li")].map((one) => one.textContent);
    expect(lines.length).toBe(101);
    expect(lines[0]).toBe("△ late: the connection broke");
    expect(lines[1]).toBe("✓ out-0.txt, 1 B");
    expect(lines[100]).toBe("and 1,901 more: see the list above");
  });
});
