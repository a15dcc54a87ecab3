/** The list of a job's files. */
import { signal } from "@preact/signals";
import { describe, expect, it } from "vitest";
import { BUSY_ASKED } from "../../../src/kernel/liveness";
import { createFileListing } from "../../../src/monitor/results/file_listing";
import { file, files, reply } from "../../fake_jobs";
import { modelOf, turns } from "../job";

function listing() {
  const { model, sync, key } = modelOf();
  const notice = signal("");
  return { model, sync, notice, list: createFileListing(sync, key, notice) };
}

describe("the list of files", () => {
  it("is asked for once at a time", async () => {
    const { model, list } = listing();
    list.read();
    list.read();
    expect(model.all("files")).toHaveLength(1);
    model.answer(files(model.newest("files").id, [file("a")]));
    await turns();
    expect(list.isReading.value).toBe(false);
    expect(list.files.value?.files.map(({ name }) => name)).toEqual(["a"]);
  });

  it("stays where it cannot be read again, with what is wrong", async () => {
    const { model, list } = listing();
    list.read();
    model.answer(files(model.newest("files").id, [file("a")]));
    await turns();
    list.read();
    model.answer(files(model.newest("files").id, [], { error: "Not reachable." }));
    await turns();
    expect(list.files.value?.files).toHaveLength(1);
    expect(list.files.value?.error).toBe("Not reachable.");
  });

  it("is empty with what is wrong, where it was never read", async () => {
    const { model, list } = listing();
    list.read();
    model.answer(files(model.newest("files").id, [], { error: "Not reachable." }));
    await turns();
    expect(list.files.value).toMatchObject({ files: [], error: "Not reachable." });
  });

  it("says that the kernel is busy, and why Python would not", async () => {
    const { model, sync, notice, list } = listing();
    list.read();
    sync.heart.tellBusy();
    expect(notice.value).toBe(BUSY_ASKED);
    model.answer(reply(model.newest("files").id, false, "No such job."));
    await turns();
    expect(notice.value).toBe("No such job.");
    expect(list.files.value).toBeNull();
  });
});

describe("a tick", () => {
  it("is put and taken away", () => {
    const { list } = listing();
    for (const name of ["a", "b", "a"]) list.tick(name);
    expect([...list.ticked.value]).toEqual(["b"]);
  });
});
