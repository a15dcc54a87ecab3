import { act, fireEvent } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import type { Preview } from "../../../../src/monitor/results/contract";
import { preview } from "../../../fake_jobs";
import { settled } from "../../../show";
import { EVIL, showFiles } from "./show_files";

describe("a preview", () => {
  it("shows text, JSON, tables and notebooks as text, never as markup", async () => {
    const { look, el, page } = await showFiles();
    const region = () => page.getByRole("region", { name: "Preview of stdout" });
    for (const changes of [
      { what: "text", text: EVIL },
      { what: "json", text: `{"a": "${EVIL}"}` },
      { what: "table", header: [EVIL], rows: [["1", EVIL], [EVIL]] },
      {
        what: "notebook",
        cells: [
          { kind: "markdown", source: `# ${EVIL}`, outputs: [] },
          { kind: "code", source: "x", outputs: [{ text: EVIL, image: "" }] },
        ],
      },
    ] as Partial<Preview>[]) {
      await look("stdout", changes);
      expect(region().textContent).toContain(EVIL);
      expect(el.querySelector("img")).toBeNull();
      await act(async () => void fireEvent.click(page.getByLabelText("Close the preview")));
    }
  });

  it("shows pictures of formats that hold nothing else, and nothing else as one", async () => {
    const { look, el, page, text } = await showFiles();
    await look("stdout", { what: "image", image: "iVBORw0KGgo=", mime: "image/png" });
    const picture = el.querySelector("img");
    expect(picture?.getAttribute("src")).toBe("data:image/png;base64,iVBORw0KGgo=");
    expect(picture?.alt).toBe("stdout");
    for (const [mime, image] of [
      ["image/svg+xml", "PHN2Zz4="],
      ["text/html", "PHN2Zz4="],
      ["image/png", "x,<svg onload=alert(1)>"],
    ] as const) {
      await act(async () => void fireEvent.click(page.getByLabelText("Close the preview")));
      await look("stdout", { what: "image", image, mime });
      expect(el.querySelector("img")).toBeNull();
      expect(text()).toContain("This picture cannot be shown here.");
    }
  });

  it("says what is cut, and why there is none", async () => {
    const { look, text, click } = await showFiles();
    await look("stdout", { what: "text", text: "a", is_cut: true });
    expect(text()).toContain("This is the beginning; the file has more.");
    await click("Close the preview");
    await look("stdout", { error: "It is too large." });
    expect(text()).toContain("▲ It is too large.");
  });

  it("that was closed, or overtaken by another, is not shown as it comes", async () => {
    const { click, answer, model, page, text } = await showFiles();
    await click("Preview stdout");
    const late = model.newest("preview").id;
    await click("Preview traces.csv");
    await answer(preview(late, { name: "stdout", what: "text", text: "the first" }));
    expect(text()).not.toContain("the first");
    const second = model.newest("preview").id;
    await click("Preview traces.csv");
    await answer(preview(second, { what: "text", text: "the second" }));
    await settled();
    expect(page.queryByRole("region", { name: /^Preview/ })).toBeNull();
  });
});
