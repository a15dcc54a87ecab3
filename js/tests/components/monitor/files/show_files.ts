/** The files of a job that is done, as its tab shows them. */
import type { Downloaded, Preview, ResultFile } from "../../../../src/monitor/results/contract";
import { DONE, file, files, preview } from "../../../fake_jobs";
import { showJob } from "../../../show_monitor";

export const EVIL = "<img src=x onerror=alert(1)>";
export const LIST = [
  file("stdout"),
  file("traces.csv", { size: 8_000_000, preview: "table" }),
  file("output.tar.gz", { size: null, state: "here", preview: "", unpacks: true }),
];

export async function showFiles(list: ResultFile[] = LIST, more = {}) {
  const shown = await showJob(DONE);
  await shown.tab("Files");
  await shown.answer(files(shown.model.newest("files").id, list, more));
  const downloaded = (changes: Partial<Downloaded> = {}) =>
    shown.answer({
      kind: "downloaded",
      id: shown.model.newest("download").id,
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
    await shown.answer(preview(id, { name, ...changes }));
  };
  return { ...shown, downloaded, look };
}
