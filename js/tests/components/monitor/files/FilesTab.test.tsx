import { act, fireEvent } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import type { Downloaded, Preview, ResultFile } from "../../../../src/monitor/contract";
import { DONE, details, file, files, preview, RUNNING, reply, viewOf } from "../../../fake_jobs";
import { settled } from "../../../show";
import { type Shown, showJob } from "../../../show_monitor";

const EVIL = "<img src=x onerror=alert(1)>";
const LIST = [
  file("stdout"),
  file("traces.csv", { size: 8_000_000, preview: "table" }),
  file("output.tar.gz", { size: null, state: "here", preview: "", unpacks: true }),
];

async function showFiles(list: ResultFile[] = LIST, more = {}) {
  const shown = await showJob(DONE);
  await shown.tab("Files");
  await shown.answer(files(shown.model.newest("files").id, DONE, list, more));
  const downloaded = (changes: Partial<Downloaded> = {}) =>
    shown.answer({
      kind: "downloaded",
      id: shown.model.newest("download").id,
      key: DONE.key,
      came: [],
      kept: [],
      left: [],
      skipped: [],
      stopped: false,
      error: "",
      ...changes,
    });
  const look = async (name: string, changes: Partial<Preview>) => {
    await shown.click(`Preview ${name}`);
    const { id } = shown.model.newest("preview");
    await shown.answer(preview(id, DONE, { name, ...changes }));
  };
  return { ...shown, downloaded, look };
}

describe("the files", () => {
  it("are asked for once, counted in the tab, and told with size and what is here", async () => {
    const { model, page, text } = await showFiles(
      [...LIST, file("a", { state: "changed" }), file("b", { state: "other" })],
      { notes: ["NSG cuts long names."] },
    );
    expect(model.all("files").length).toBe(1);
    expect(page.getByRole("tab", { selected: true }).textContent).toBe("Files (5)");
    const lines = page.getAllByRole("listitem").map((one) => one.textContent);
    expect(lines[1]).toContain("8 MB");
    expect(lines[2]).toContain("✓ heresize not known");
    expect(lines[3]).toContain("here, changed since");
    expect(lines[4]).toContain("something else has this name here");
    expect(text()).toContain("NSG cuts long names.");
  });

  it("with hostile names and words are text", async () => {
    const { el, text } = await showFiles([file(EVIL)], { notes: [EVIL], place: EVIL, error: EVIL });
    expect(el.querySelector("img")).toBeNull();
    expect(text().split(EVIL).length).toBeGreaterThan(3);
  });

  it("that are not there are said to be so, but not where the list could not be read", async () => {
    expect((await showFiles([])).text()).toContain("There are no files yet.");
    const { text } = await showFiles([], { error: "The service does not answer." });
    expect(text()).toContain("△ The service does not answer.");
    expect(text()).not.toContain("no files");
  });

  it("are read again as the job ends, since the list changes then", async () => {
    const { tab, answer, model } = await showJob(RUNNING);
    await tab("Files");
    await answer(files(model.newest("files").id, RUNNING, LIST));
    await answer(details("", RUNNING, { view: viewOf(RUNNING, { stage: "STAGINGOUT" }) }));
    expect(model.all("files").length).toBe(1);
    await answer(details("", RUNNING, { view: viewOf(RUNNING, { outcome: "succeeded" }) }));
    expect(model.all("files").length).toBe(2);
  });
});

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
    expect(lines[100]).toBe("and 1\u202f901 more: see the list above");
  });
});

describe("a download", () => {
  it("of all is one request for a click, however often it is clicked", async () => {
    const { button, model, page } = await showFiles();
    await act(async () => {
      const all = button(/^Download all/);
      fireEvent.click(all);
      fireEvent.click(all); // before it is drawn anew
    });
    expect(page.queryByRole("button", { name: /^Download all/ })).toBeNull();
    expect(model.all("download")).toMatchObject([
      { key: DONE.key, names: [], folder: "", replace: [] },
    ]);
  });

  it("takes what is ticked, in the order of the list, into the folder that was typed", async () => {
    const { click, model, field, page } = await showFiles();
    for (const name of ["output.tar.gz", "stdout"])
      act(() => void fireEvent.click(page.getByLabelText(name)));
    act(() => void fireEvent.input(field("Into the folder"), { target: { value: " ../here " } }));
    await click(/^Download 2 chosen/);
    expect(model.newest("download")).toMatchObject({
      names: ["stdout", "output.tar.gz"],
      folder: "../here",
    });
  });

  it("shows how far it is, and is stopped by one request", async () => {
    const { click, answer, model, page, text, downloaded } = await showFiles();
    await click(/^Download all/);
    await answer({
      kind: "downloading",
      id: "",
      key: DONE.key,
      name: EVIL,
      done: 2_000_000,
      total: 8_000_000,
      number: 2,
      count: 3,
      waits: "",
    });
    expect(text()).toContain(`2 of 3: ${EVIL}, 2 MB of 8 MB`);
    const bar = page.getByRole("progressbar", { name: "Download" });
    expect(bar.getAttribute("aria-valuenow")).toBe("2000000");
    await click("Stop");
    await click("Stopping…");
    expect(model.all("stop_download").length).toBe(1);
    await answer(reply(model.newest("stop_download").id));
    await downloaded({ stopped: true });
    expect(text()).toContain("Stopped: 0 downloaded.");
    expect(page.queryByRole("progressbar")).toBeNull();
  });

  it("that waits for another one says so, as Python has put it", async () => {
    const { click, answer, text } = await showFiles();
    await click(/^Download all/);
    await answer({
      kind: "downloading",
      id: "",
      key: DONE.key,
      name: "a.csv",
      done: 0,
      total: null,
      number: 1,
      count: 3,
      waits: "waiting for another program of yours",
    });
    expect(text()).toContain("1 of 3: a.csv, waiting for another program of yours");
  });

  it("tells what became of each file, and reads the list again", async () => {
    const { click, model, text, downloaded } = await showFiles();
    await click(/^Download all/);
    await downloaded({
      came: [
        { name: "a", path: "results/x/a", size: 1_200, verified: true },
        { name: "b", path: "results/x/b", size: 10, verified: false },
      ],
      kept: ["c"],
      left: [{ name: "d", reason: "the connection broke", may_replace: false }],
      skipped: [{ name: "e/", reason: "a folder" }],
    });
    for (const words of [
      "2 downloaded, 1 here already, 1 not downloaded, 1 skipped.",
      "✓ results/x/a, 1 kB",
      "✓ results/x/b, 10 B unverified",
      "✓ c was here already",
      "△ d: the connection broke",
      "– e/: a folder",
    ])
      expect(text()).toContain(words);
    expect(text()).not.toContain("1 kB unverified");
    expect(model.all("files").length).toBe(2);
  });

  it("replaces nothing that is in the way but on the user's word", async () => {
    const { click, model, page, downloaded } = await showFiles();
    await click(/^Download all/);
    await downloaded({
      left: [
        { name: "stdout", reason: "another file is there", may_replace: true },
        { name: "stderr", reason: "the connection broke", may_replace: false },
      ],
    });
    expect(
      page.getByRole("group", { name: /stdout\. Replace it by the job's file\?/ }),
    ).toBeTruthy();
    expect(document.activeElement?.tagName).toBe("BODY"); // it came by itself
    await click("Replace it");
    expect(model.all("download").length).toBe(2);
    expect(model.newest("download")).toMatchObject({ names: ["stdout"], replace: ["stdout"] });
  });

  it("that is told no leaves what is there, and does not ask again", async () => {
    const { click, model, page, downloaded } = await showFiles();
    await click(/^Download all/);
    await downloaded({ left: [{ name: "stdout", reason: "there", may_replace: true }] });
    await click("No, leave it");
    expect(model.all("download").length).toBe(1);
    expect(page.queryByRole("group", { name: /Replace/ })).toBeNull();
  });

  it("tries a name that is not listed", async () => {
    const { click, model, field } = await showFiles();
    await click("Try to download");
    expect(model.all("download")).toEqual([]);
    const input = field("Name of a file that is not listed");
    act(() => void fireEvent.input(input, { target: { value: "a b/c.txt" } }));
    await click("Try to download");
    expect(model.all("download").map(({ names }) => names)).toEqual([["a b/c.txt"]]);
  });

  it("goes on while another job is looked at, and is told of as one comes back", async () => {
    const shown = await showFiles();
    await shown.click(/^Download all/);
    await act(async () => shown.model.change("selected", RUNNING.key));
    await shown.downloaded({ came: [{ name: "a", path: "results/a", size: 1, verified: true }] });
    expect(shown.text()).not.toContain("results/a,");
    await act(async () => shown.model.change("selected", DONE.key));
    await shown.answer(details(shown.model.newest("open").id, DONE));
    expect(shown.text()).toContain("✓ results/a, 1 B");
    expect(shown.model.all("download").length).toBe(1);
  });

  it("that Python refuses says why", async () => {
    const { click, model, answer, page } = await showFiles();
    await click(/^Download all/);
    await answer(reply(model.newest("download").id, false, "This folder is outside."));
    expect(page.getByRole("alert").textContent).toBe("▲ This folder is outside.");
    expect(page.getByRole("button", { name: /^Download all/ })).toBeTruthy();
  });
});

describe("an archive", () => {
  it("is unpacked on request, by one message, and it is said where to", async () => {
    const { click, model, answer, text, page } = await showFiles();
    expect(page.queryByRole("button", { name: "Unpack stdout" })).toBeNull();
    await click("Unpack output.tar.gz");
    expect(model.all("unpack").map(({ name }) => name)).toEqual(["output.tar.gz"]);
    await answer({
      kind: "unpacked",
      id: model.newest("unpack").id,
      key: DONE.key,
      folder: "results/x/output",
      files: 32,
      size: 204_000_000,
      note: "",
      error: "",
    });
    expect(text()).toContain("Unpacked 32 files, 204 MB, into results/x/output.");
  });

  it("says what of it was not unpacked", async () => {
    const { click, model, answer, text } = await showFiles();
    await click("Unpack output.tar.gz");
    await answer({
      kind: "unpacked",
      id: model.newest("unpack").id,
      key: DONE.key,
      folder: "results/x/output",
      files: 1,
      size: 10,
      note: "Not unpacked as it was: pipe (a named pipe).",
      error: "",
    });
    expect(text()).toContain(
      "Unpacked 1 file, 10 B, into results/x/output. Not unpacked as it was: pipe (a named pipe).",
    );
  });

  it("is not offered before it is here", async () => {
    const { page } = await showFiles([file("output.tar.gz", { unpacks: true })]);
    expect(page.queryByRole("button", { name: /Unpack/ })).toBeNull();
  });

  it("that cannot be unpacked says why", async () => {
    const { click, model, answer, text } = await showFiles();
    await click("Unpack output.tar.gz");
    await answer(reply(model.newest("unpack").id, false, "It holds too many files."));
    expect(text()).toContain("It holds too many files.");
  });
});

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
    await answer(preview(late, DONE, { name: "stdout", what: "text", text: "the first" }));
    expect(text()).not.toContain("the first");
    const second = model.newest("preview").id;
    await click("Preview traces.csv");
    await answer(preview(second, DONE, { what: "text", text: "the second" }));
    await settled();
    expect(page.queryByRole("region", { name: /^Preview/ })).toBeNull();
  });
});
