/**
 * What Python and the monitor's view say to each other of a job's files.
 *
 * Made by js/generate_contract.py from bspsa_widgets/widgets/monitor/files_contract.py.
 */

/** Download files of a job. */
export interface DownloadRequest {
  kind: "download";
  id: string;
  key: string;
  /** [] is all; a name that is not listed is tried. */
  names: string[];
  /** "" is where Python puts them. */
  folder: string;
  /** Names of files here that may be replaced: only on the user's word. */
  replace: string[];
}

/** Unpack an archive that is here; preview a file. */
export interface FileRequest {
  kind: "unpack" | "preview";
  id: string;
  key: string;
  name: string;
}

/** What the view asks for of a job's files. */
export type FilesRequest = DownloadRequest | FileRequest;

/** A file of a job. */
export interface ResultFile {
  name: string;
  /** Bytes. */
  size: number | null;
  /** What is here by this name: the file, the file but changed since, or another one. */
  state: "" | "here" | "changed" | "other";
  /** Where it is here; "" if it is not. */
  path: string;
  preview: "text" | "table" | "json" | "image" | "notebook" | "";
  /** An archive that can be unpacked once it is here. */
  unpacks: boolean;
}

/** The files of a job. */
export interface Files {
  kind: "files";
  id: string;
  files: ResultFile[];
  notes: string[];
  /** Where they are downloaded to. */
  place: string;
  error: string;
}

/** A file is being downloaded. */
export interface Downloading {
  kind: "downloading";
  id: "";
  key: string;
  name: string;
  /** Bytes of this file. */
  done: number;
  total: number | null;
  /** Which file of how many, from 1. */
  number: number;
  count: number;
  /** What it waits for, or "". */
  waits: string;
}

/** A file that was downloaded. */
export interface CameFile {
  name: string;
  path: string;
  size: number;
  /** False if nobody said how long the file has to be. */
  verified: boolean;
}

/** A file that was not downloaded. */
export interface LeftFile {
  name: string;
  reason: string;
  may_replace: boolean;
}

/** A folder, which cannot be downloaded. */
export interface SkippedFolder {
  name: string;
  reason: string;
}

/** What became of a download. */
export interface Downloaded {
  kind: "downloaded";
  id: string;
  came: CameFile[];
  /** Here already, whole and unchanged. */
  kept: string[];
  left: LeftFile[];
  skipped: SkippedFolder[];
  stopped: boolean;
  error: string;
}

/** What became of unpacking an archive. */
export interface Unpacked {
  kind: "unpacked";
  id: string;
  folder: string;
  files: number;
  /** Bytes. */
  size: number;
  /** What of the archive was not unpacked, or was renamed; "" if all is as it was. */
  note: string;
  error: string;
}

/** An output of a cell. */
export interface CellOutputState {
  text: string;
  /** A PNG in base64, or "". */
  image: string;
}

/** A cell of a notebook. */
export interface PreviewCell {
  kind: "markdown" | "code" | "raw";
  source: string;
  outputs: CellOutputState[];
}

/** What is in a file. */
export interface Preview {
  kind: "preview";
  id: string;
  name: string;
  what: "text" | "table" | "json" | "image" | "notebook" | "";
  text: string;
  header: string[];
  rows: string[][];
  /** In base64. */
  image: string;
  mime: string;
  cells: PreviewCell[];
  is_cut: boolean;
  note: string;
  error: string;
}

/** What Python says of a job's files. */
export type FileMessage = Files | Downloading | Downloaded | Unpacked | Preview;
