import { act, fireEvent } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { DONE, details, RUNNING, reply } from "../../../fake_jobs";
import { EVIL, showFiles } from "./show_files";

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
    expect(text()).toContain(`2 of 3: ${EVIL}, 2.0 of 8.0 MB`);
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
