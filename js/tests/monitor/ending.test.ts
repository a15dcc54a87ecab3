/** A job that is cancelled or deleted. */
import { signal } from "@preact/signals";
import { describe, expect, it, vi } from "vitest";
import { BUSY_ASKED } from "../../src/kernel/liveness";
import { createEnding } from "../../src/monitor/ending";
import { QUIET } from "../../src/monitor/notice";
import { reply } from "../fake_jobs";
import { modelOf, turns } from "./job";

function ending() {
  const { model, sync, key } = modelOf();
  const notice = signal(QUIET);
  const announce = vi.fn();
  return { model, sync, key, notice, announce, ...createEnding(sync, key, notice, announce) };
}

describe("a cancel or a delete", () => {
  it.each(["cancel", "delete"] as const)("%s is asked for once, as it was agreed to", (what) => {
    const { model, key, end, isEnding } = ending();
    end(what, true);
    end("delete", false);
    expect(model.all("end")).toHaveLength(1);
    expect(model.newest("end")).toMatchObject({ key, what, unread: true });
    expect(isEnding.value).toBe(true);
  });

  it("says aloud what is known afterwards", async () => {
    const { model, notice, announce, end, isEnding } = ending();
    end("cancel", false);
    model.answer(reply(model.newest("end").id, true, "The job is cancelled."));
    await turns();
    expect(notice.value).toEqual({ words: "The job is cancelled.", isBad: false });
    expect(announce).toHaveBeenCalledExactlyOnceWith("The job is cancelled.");
    expect(isEnding.value).toBe(false);
  });

  it("says that the kernel is busy, and what went wrong", async () => {
    const { model, sync, notice, announce, end } = ending();
    end("delete", false);
    sync.heart.tellBusy();
    expect(notice.value).toEqual({ words: BUSY_ASKED, isBad: true });
    model.answer(reply(model.newest("end").id, false, "It is not known whether it is gone."));
    await turns();
    expect(notice.value).toEqual({ words: "It is not known whether it is gone.", isBad: true });
    expect(announce).not.toHaveBeenCalled();
  });
});
