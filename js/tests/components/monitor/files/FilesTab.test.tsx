import { describe, expect, it } from "vitest";
import { details, file, files, RUNNING, reply, viewOf } from "../../../fake_jobs";
import { showJob } from "../../../show_monitor";
import { EVIL, LIST, showFiles } from "./show_files";

describe("the files", () => {
  it("are asked for once, counted in the tab, and told with size and what is here", async () => {
    const { model, page, text } = await showFiles(
      [...LIST, file("a", { state: "changed" }), file("b", { state: "other" })],
      { notes: ["NSG cuts long names."] },
    );
    expect(model.all("files").length).toBe(1);
    expect(page.getByRole("tab", { selected: true }).textContent).toBe("Files (5)");
    const lines = page.getAllByRole("listitem").map((one) => one.textContent);
    expect(lines[1]).toContain("8.0 MB");
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
    await answer(files(model.newest("files").id, LIST));
    await answer(details("", RUNNING, { view: viewOf(RUNNING, { stage: "STAGINGOUT" }) }));
    expect(model.all("files").length).toBe(1);
    await answer(details("", RUNNING, { view: viewOf(RUNNING, { outcome: "succeeded" }) }));
    expect(model.all("files").length).toBe(2);
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
      folder: "results/x/output",
      files: 32,
      size: 204_000_000,
      note: "",
      error: "",
    });
    expect(text()).toContain("Unpacked 32 files, 204.0 MB, into results/x/output.");
  });

  it("says what of it was not unpacked", async () => {
    const { click, model, answer, text } = await showFiles();
    await click("Unpack output.tar.gz");
    await answer({
      kind: "unpacked",
      id: model.newest("unpack").id,
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
