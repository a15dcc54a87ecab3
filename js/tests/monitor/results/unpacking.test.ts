/** Archives that are unpacked where they are. */
import { describe, expect, it, vi } from "vitest";
import { BUSY_ASKED } from "../../../src/kernel/liveness";
import type { Unpacked } from "../../../src/monitor/results/contract";
import { createUnpacking } from "../../../src/monitor/results/unpacking";
import { reply } from "../../fake_jobs";
import { modelOf, turns } from "../job";

function unpacking() {
  const { model, sync, key } = modelOf();
  const announce = vi.fn();
  const { unpack, unpacked } = createUnpacking(sync, key, announce);
  unpack("out.zip");
  const done = (changes: Partial<Unpacked>): Unpacked => ({
    ...{ kind: "unpacked", id: model.newest("unpack").id, key, folder: "results/out" },
    ...{ files: 1, size: 2_000, note: "", error: "" },
    ...changes,
  });
  return { model, sync, announce, unpack, done, words: () => unpacked.value["out.zip"] };
}

describe("an archive", () => {
  it.each([
    [{ files: 1 }, "Unpacked 1 file, 2 kB, into results/out."],
    [{ files: 3, note: "Two were renamed." }, /^Unpacked 3 files.*out\. Two were renamed\.$/],
    [{ error: "It is no zip." }, "It is no zip."],
  ])("with %o says %s", async (changes, words) => {
    const { model, announce, done, words: said } = unpacking();
    expect(said()).toBe("Unpacking…");
    model.answer(done(changes));
    await turns();
    expect(said()).toMatch(words);
    expect(announce).toHaveBeenCalledExactlyOnceWith(said());
  });

  it("waits for a busy kernel, and says why Python would not", async () => {
    const { model, sync, announce, words } = unpacking();
    sync.heart.tellBusy();
    expect(words()).toBe(BUSY_ASKED);
    model.answer(reply(model.newest("unpack").id, false, "It is not here."));
    await turns();
    expect(words()).toBe("It is not here.");
    expect(announce).not.toHaveBeenCalled();
  });
});
