import { fireEvent } from "@testing-library/preact";
import { afterEach, describe, expect, it, vi } from "vitest";
import { listing } from "../../fake_model";
import { later, settled, show } from "../../show";

const TOP = {
  folders: [
    { name: "ca1-fitting", path: "ca1-fitting" },
    { name: "old runs", path: "old runs" },
  ],
  files: [{ name: "tutorial.ipynb", size: 48_300 }],
};

async function open() {
  const shown = show({ folder: "" });
  fireEvent.click(shown.button("Browse…"));
  shown.model.answer(listing(shown.model.last("browse").id, TOP));
  await settled();
  return shown;
}

afterEach(() => void vi.useRealTimers());

describe("browsing", () => {
  it("goes down, up, and takes the folder that is open", async () => {
    const { model, button, field, page, text } = await open();
    expect(document.activeElement).toBe(button("ca1-fitting"));
    expect(button("Up").disabled).toBe(true);
    expect(text()).toContain("48 kB");
    expect(page.queryByRole("button", { name: "tutorial.ipynb" })).toBeNull();

    fireEvent.click(button("ca1-fitting"));
    const { id, path } = model.last("browse");
    expect(path).toBe("ca1-fitting");
    model.answer(listing(id, { path: "ca1-fitting", parent: "" }));
    await settled();
    expect(document.activeElement).toBe(button("Choose this folder"));
    fireEvent.click(button("Up"));
    expect(model.last("browse").path).toBe("");
    model.answer(listing(model.last("browse").id, TOP));
    await settled();
    fireEvent.click(button("old runs"));
    model.answer(listing(model.last("browse").id, { path: "old runs", parent: "" }));
    await settled();
    fireEvent.click(button("Choose this folder"));
    expect(field("Folder").value).toBe("old runs");
    expect(model.values.folder).toBe("old runs");
    expect(page.queryByRole("group")).toBeNull();
    expect(document.activeElement).toBe(button("Browse…"));
  });

  it.each([
    ["a/b", "a"],
    ["a/b/", "a"],
    ["a", ""],
    [".", ""],
  ])("starts where the folder of the form lies: %s in %j", (folder, path) => {
    const { model, button } = show({ folder });
    fireEvent.click(button("Browse…"));
    expect(model.last("browse").path).toBe(path);
  });

  it("is closed by Esc, which gives the focus back", async () => {
    const { button, page } = await open();
    fireEvent.keyDown(button("ca1-fitting"), { key: "Escape" });
    expect(page.queryByRole("group")).toBeNull();
    expect(document.activeElement).toBe(button("Browse…"));
  });

  it("goes through the folders with the arrow keys", async () => {
    const { button } = await open();
    fireEvent.keyDown(button("ca1-fitting"), { key: "ArrowDown" });
    expect(document.activeElement).toBe(button("old runs"));
    fireEvent.keyDown(button("old runs"), { key: "Home" });
    expect(document.activeElement).toBe(button("ca1-fitting"));
  });

  it("ignores an answer that was overtaken, or that comes after closing", async () => {
    const { model, button, page, text } = await open();
    fireEvent.click(button("ca1-fitting"));
    const slow = model.last("browse").id;
    fireEvent.click(button("old runs"));
    model.answer(listing(model.last("browse").id, { path: "old runs", parent: "" }));
    model.answer(listing(slow, { path: "ca1-fitting", parent: "" }));
    await settled();
    expect(text()).toContain("./old runs");
    fireEvent.click(button("Up"));
    fireEvent.click(button("Close the folder list"));
    model.answer(listing(model.last("browse").id, TOP));
    await settled();
    expect(page.queryByRole("group")).toBeNull();
  });

  it("shows what went wrong, and still leads to the top", async () => {
    const { model, button, text } = show({ folder: "gone/too" });
    fireEvent.click(button("Browse…"));
    expect(text()).toContain("Reading…");
    model.answer(listing(model.last("browse").id, { error: "There is no folder <i>gone</i>." }));
    await settled();
    expect(text()).toContain("There is no folder <i>gone</i>.");
    fireEvent.click(button("Up"));
    expect(model.last("browse").path).toBe("");
  });

  it("says so when the kernel is busy, and still takes its late answer", async () => {
    vi.useFakeTimers();
    const { model, button, text } = show({ folder: "" });
    model.fallBusy();
    fireEvent.click(button("Browse…"));
    await later(11_000);
    expect(text()).toContain("The kernel is busy.");
    model.answer(listing(model.last("browse").id, TOP));
    await later(10);
    expect(button("old runs")).toBeTruthy();
    expect(text()).not.toContain("The kernel is busy");
  });
});

describe("the folder's figures", () => {
  const info = { state: "ok", folder: "x", files: 1, size: 999, left_out: 0, message: "" } as const;

  it.each([
    [{ ...info }, "1 file, 999 B"],
    [
      { ...info, files: 12_345, size: 2_500_000_000, left_out: 6 },
      "12,345 files, 2.50 GB · 6 excluded",
    ],
    [{ ...info, state: "counting" as const }, "Counting…"],
    [
      { ...info, state: "error" as const, message: "There is no such folder." },
      "There is no such folder.",
    ],
  ])("of %j read %j", (folder_info, words) => {
    expect(show({ folder_info }).text()).toContain(words);
  });
});
