/** A download: one at a time, its progress, its end. */
import { signal } from "@preact/signals";
import { describe, expect, it, vi } from "vitest";
import { BUSY_ASKED } from "../../../src/kernel/liveness";
import type { Downloaded, Downloading } from "../../../src/monitor/results/contract";
import { createDownload } from "../../../src/monitor/results/download";
import { reply } from "../../fake_jobs";
import { modelOf, turns } from "../job";

function downloading() {
  const { model, sync, key } = modelOf();
  const notice = signal("");
  const onEnd = vi.fn();
  const download = createDownload(sync, key, notice, onEnd);
  const progress: Downloading = {
    ...{ kind: "downloading", id: "", key, name: "a.csv", done: 5, total: 10 },
    ...{ number: 1, count: 2, waits: "" },
  };
  const ended = (id: string): Downloaded => ({
    ...{ kind: "downloaded", id, key, came: [], kept: [], left: [], skipped: [] },
    ...{ stopped: false, error: "" },
  });
  return { model, sync, notice, onEnd, download, progress, ended };
}

describe("a download", () => {
  it("asks for the ticked files, into the folder as it was typed", () => {
    const { model, download } = downloading();
    download.folder.value = " results/mine ";
    download.download(["a.csv"], ["a.csv"]);
    const { names, folder, replace } = model.newest("download");
    expect({ names, folder, replace }).toEqual({
      names: ["a.csv"],
      folder: "results/mine",
      replace: ["a.csv"],
    });
  });

  it("replaces nothing where nobody has said so", () => {
    const { model, download } = downloading();
    download.download([]);
    expect(model.newest("download").replace).toEqual([]);
  });

  it("is not begun twice at a time", async () => {
    const { model, download, ended } = downloading();
    download.download([]);
    download.download([]);
    expect(model.all("download")).toHaveLength(1);
    model.answer(ended(model.newest("download").id));
    await turns();
    download.download([]);
    expect(model.all("download")).toHaveLength(2);
  });

  it("shows how far it is, and of no other job, and nothing after its end", async () => {
    const { model, download, progress, ended } = downloading();
    download.take(progress);
    expect(download.progress.value).toBeNull();
    download.download([]);
    download.take({ ...progress, key: "another" });
    expect(download.progress.value).toBeNull();
    download.take(progress);
    expect(download.progress.value).toEqual(progress);
    model.answer(ended(model.newest("download").id));
    await turns();
    expect(download.progress.value).toBeNull();
  });

  it("tells what became of it", async () => {
    const { model, download, onEnd, ended } = downloading();
    download.download([]);
    const { id } = model.newest("download");
    model.answer(ended(id));
    await turns();
    expect(download.outcome.value).toEqual(ended(id));
    expect(onEnd).toHaveBeenCalledExactlyOnceWith(ended(id));
    download.download([]);
    expect(download.outcome.value).toBeNull();
  });

  it("says that the kernel is busy, unless something has come", () => {
    const { sync, notice, download, progress } = downloading();
    download.download([]);
    sync.heart.tellBusy();
    expect(notice.value).toBe(BUSY_ASKED);
    download.take(progress);
    expect(notice.value).toBe("");
  });

  it("says why Python would not", async () => {
    const { model, notice, onEnd, download } = downloading();
    download.download([]);
    model.answer(reply(model.newest("download").id, false, "The folder is a file."));
    await turns();
    expect(notice.value).toBe("The folder is a file.");
    expect(onEnd).not.toHaveBeenCalled();
    expect(download.isDownloading.value).toBe(false);
  });
});

describe("stopping it", () => {
  it("is asked for once, and goes on until it has stopped", async () => {
    const { model, download, ended } = downloading();
    download.download([]);
    const { id } = model.newest("download");
    download.stopDownload();
    download.stopDownload();
    expect(model.all("stop_download")).toHaveLength(1);
    model.answer(reply(model.newest("stop_download").id));
    await turns();
    expect(download.isStopping.value).toBe(true);
    model.answer({ ...ended(id), stopped: true });
    await turns();
    expect(download.isStopping.value).toBe(false);
  });

  it("that was refused can be tried again", async () => {
    const { model, notice, download } = downloading();
    download.download([]);
    download.stopDownload();
    model.answer(reply(model.newest("stop_download").id, false, "There is none."));
    await turns();
    expect([download.isStopping.value, notice.value]).toEqual([false, "There is none."]);
  });
});
