/** What every view has. */
import { signal } from "@preact/signals";
import { act, render } from "@testing-library/preact";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Liveness } from "../../src/kernel/liveness";
import { createSurface, useSurface } from "../../src/page/surface";

const surface = (liveness: Liveness = "live") => createSurface(signal(liveness));
const clipboard = (writeText: (text: string) => Promise<void>) =>
  vi.stubGlobal("navigator", { clipboard: { writeText } });

afterEach(() => void vi.unstubAllGlobals());

describe("a surface", () => {
  it.each([
    ["unknown", false],
    ["live", false],
    ["busy", false],
    ["silent", true],
    ["gone", true],
  ] as const)("of a kernel that is %s is shut: %s", (liveness, isShut) => {
    expect(surface(liveness).isShut.value).toBe(isShut);
  });

  it("gives ids that no other view on the page has", () => {
    expect(surface().id("hpc")).not.toBe(surface().id("hpc"));
    const one = surface();
    expect(one.id("hpc")).toBe(one.id("hpc"));
  });

  it("announces the same words again", () => {
    const one = surface();
    const heard: string[] = [];
    const stop = one.announcement.subscribe((words) => heard.push(words));
    one.announce("Done.");
    one.announce("Done.");
    stop();
    expect(heard.filter(Boolean)).toEqual(["Done.", "Done."]);
  });

  it("is to be around what uses it", () => {
    const Lost = () => <p>{useSurface().id("x")}</p>;
    expect(() => act(() => void render(<Lost />))).toThrow("no view around");
  });
});

describe("what is copied", () => {
  it("is said aloud, and leaves no code to copy by hand", async () => {
    const copied: string[] = [];
    clipboard(async (text) => void copied.push(text));
    const one = surface();
    await one.copyCode("print()", "Copied.");
    expect(copied).toEqual(["print()"]);
    expect(one.announcement.value).toBe("Copied.");
    expect(one.codeToCopy.value).toBe("");
  });

  it("is shown to be copied by hand where the clipboard is out of reach", async () => {
    clipboard(() => Promise.reject(new Error("not allowed")));
    const one = surface();
    await one.copyCode("print()", "Copied.");
    expect(one.codeToCopy.value).toBe("print()");
    expect(one.announcement.value).toBe("");
    expect(await one.copy("id", "Copied.")).toBe(false);
  });
});
