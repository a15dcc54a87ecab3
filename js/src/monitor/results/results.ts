/** The files of the job that is open: listed, fetched, unpacked, looked at. */

import { type ReadonlySignal, signal } from "@preact/signals";
import { writeCount } from "../../text/quantities";
import type { MonitorSync } from "../monitor_sync";
import { createDownload, type Download } from "./download";
import { createFileListing, type FileListing } from "./file_listing";
import { createPreviewing, type Previewing } from "./previewing";
import { createUnpacking, type Unpacking } from "./unpacking";

export interface Results extends FileListing, Download, Unpacking, Previewing {
  /** What went wrong with a request. */
  notice: ReadonlySignal<string>;
}

/** @param announce says words aloud, once */
export function createResults(
  sync: MonitorSync,
  key: string,
  announce: (words: string) => void,
): Results {
  const notice = signal("");
  const listing = createFileListing(sync, key, notice);
  const download = createDownload(sync, key, notice, ({ error, came }) => {
    announce(error || `${writeCount(came.length, "file")} downloaded.`);
    listing.read(); // they are here now
  });
  return {
    notice,
    ...listing,
    ...download,
    ...createUnpacking(sync, key, announce),
    ...createPreviewing(sync, key),
  };
}
