/**
 * All that Python and the monitor's view say to each other. Mirrors the traits and messages
 * of bspsa_widgets/widgets/monitor/job_monitor.py; the types that are not here are the panel's.
 *
 * Python decides, the view shows: every sentence, meaning and outcome comes ready from
 * Python. All strings may come from a server: they are text, never markup. Rows, details,
 * logs and files travel as messages, so that 10,000 jobs do not go along with each change.
 */
import type { Bye, Connection, Hello, JobView, Quotas } from "../contract";

/** One job in the table. */
export interface JobRow {
  /** "hpc/project/JOB_ID". */
  key: string;
  job_id: string;
  /** As people see it: without the marker. */
  title: string;
  hpc: string;
  /** The system's name, as in "Piz Daint". */
  system: string;
  project: string;
  stage: string;
  meaning: string;
  outcome: "" | "succeeded" | "failed" | "cancelled";
  /** Nothing more will happen, whatever the outcome. */
  is_over: boolean;
  /** The service does not show it any more; what became of it is not known. */
  is_lost: boolean;
  /** When this stage began, or was first seen, ISO 8601; "" where nobody knows. */
  since: string;
  submitted: string;
  /** The service's own, which tells the order of jobs of the same second; 0 where it is not known. */
  number: number;
  ended: string;
  /** Hours. */
  asked: number | null;
  /** Hours, roughly; of a running job those before `running_since`. */
  used: number | null;
  /** The view counts on from here while the job runs; "" where it does not. */
  running_since: string;
  /** Its record's name; "" where we have none. */
  record: string;
  /** Why the last look at it failed, or "". */
  note: string;
}

/** What is known of the lists as a whole. */
export interface Condition {
  /** "old": it is not kept up to date any more; what is shown was true at `checked`. */
  state: "loading" | "live" | "old" | "failed";
  /** Why it is so; of a live list, what broke beside it. "" where there is nothing to say. */
  message: string;
  /** When the lists were last read, ISO 8601; "" before the first time. */
  checked: string;
  total: number;
  open: number;
  /** Systems whose list could not be read. */
  failed: { system: string; words: string }[];
}

/** The newest rows, and when they were true: what a saved notebook still shows. */
export interface Saved {
  at: string;
  rows: JobRow[];
}

/** What is shown of all jobs; Python and the view set it. */
export interface Choosing {
  /** "" is all systems. */
  hpc: string;
  /** "" is all projects. */
  project: string;
  /** The key of the selected row; "" for none. */
  selected: string;
}

export interface Traits extends Choosing {
  connection: Connection;
  quotas: Quotas;
  systems: { id: string; label: string }[];
  condition: Condition;
  saved: Saved;
  /** When Python last had something to show, ISO 8601. */
  known_at: string;
  /** Of the copy of plain HTML that is beside the monitor in a saved notebook. */
  saved_as: string;
  /** The same by MIME type: the view puts it there once the page was reloaded. */
  saved_bundle: Record<string, string>;
}

export type Stream = "stdout" | "stderr";

/** View → Python. Each has an id of its own, names its view, and gets exactly one answer. */
export type Request =
  /** Proves that a kernel listens; answered by a hello. */
  | { kind: "hello"; id: string }
  | Bye
  | { kind: "rows"; id: string }
  /** Read the lists now; the reply comes as that is done. */
  | { kind: "refresh"; id: string }
  /** Drop the rows of a service that has gone. */
  | { kind: "forget"; id: string }
  /** Held in memory there, and nowhere here. */
  | { kind: "token"; id: string; token: string }
  /** Details, with pushes of the same while they change, until "close" or another "open". */
  | { kind: "open"; id: string; key: string }
  | { kind: "close"; id: string; key: string }
  /** Changes are told while the job runs, until "unfollow", or another "log" or "open". */
  | { kind: "log"; id: string; key: string; stream: Stream; lines: number; whole: boolean }
  | { kind: "unfollow"; id: string; key: string }
  | { kind: "files"; id: string; key: string }
  | {
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
  | { kind: "stop_download"; id: string; key: string }
  | { kind: "unpack"; id: string; key: string; name: string }
  | { kind: "preview"; id: string; key: string; name: string }
  /**
   * Only on the user's word. The reply's message says what is known afterwards. `unread`: the
   * user was told what may be lost if the job cannot be read.
   */
  | { kind: "end"; id: string; key: string; what: "cancel" | "delete"; unread: boolean };

export interface Reply {
  kind: "reply";
  id: string;
  ok: boolean;
  message: string;
}

export interface Rows {
  kind: "rows";
  id: string;
  /** Each change counts up by one; where one is missing, the view asks for all rows again. */
  revision: number;
  rows: JobRow[];
}

export interface Changed {
  kind: "changed";
  /** Always "". */
  id: string;
  revision: number;
  /** New or changed. */
  rows: JobRow[];
  /** Keys. */
  gone: string[];
}

export interface Cause {
  headline: string;
  detail: string;
  advice: string;
  /** The name of the rule that said so. */
  rule: string;
  /** The line that it was read from. */
  evidence: string;
}

export interface RecordDetails {
  record: string;
  folder: string;
  notebook: string;
  endpoint: string;
  began: string;
  words: string;
  settings: { label: string; value: string }[];
  /** Code that opens a panel with these settings. */
  python: string;
}

/** The state of a submission's input file. */
export interface InputState {
  state: "" | "arrived" | "missing" | "stuck" | "unlisted";
  words: string;
}

export interface Details {
  kind: "details";
  id: string;
  key: string;
  /** The service's response, as it came. */
  job: Record<string, unknown>;
  /** {} where `error` says why there are no details. */
  view: JobView;
  owner: string;
  record: RecordDetails | null;
  cause: Cause | null;
  input: InputState;
  can_cancel: boolean;
  can_delete: boolean;
  /** The last look failed: the questions say what may be lost, and a yes is sent as `unread`. */
  is_unread: boolean;
  /** What is asked before: what is lost, as a question. */
  ask_cancel: string;
  ask_delete: string;
  /** Where results go, relative to the notebook. */
  place: string;
  error: string;
}

/** A piece of text and how it looks: "" or words such as "bold red on-white". */
export type Run = [text: string, classes: string];

export interface Log {
  kind: "log";
  id: string;
  key: string;
  stream: Stream;
  /** The name that the system has for it; "" while there is none. */
  file: string;
  lines: Run[][];
  /** Counts up by one with each change; 0: it is not followed. */
  revision: number;
  /** Of lines[0], counted on from change to change; where the log was written anew, from 0 again. */
  at: number;
  /** The number of lines[0] in the log, from 1, where known. */
  first: number | null;
  /** Bytes. */
  size: number | null;
  /** `lines` holds all of it. */
  is_complete: boolean;
  /** The job is over, and this was read after its end. */
  is_final: boolean;
  note: string;
  /** Why the last look failed, or "". */
  problem: string;
}

/**
 * Only what is new travels: `lines` come after the first `kept` ones from `at` on, which are those
 * of the revision before. A view that has another one asks for the whole log again.
 */
export interface LogChanged extends Omit<Log, "kind"> {
  kind: "log_changed";
  kept: number;
}

export type PreviewKind = "text" | "table" | "json" | "image" | "notebook";

export interface ResultFile {
  name: string;
  /** Bytes. */
  size: number | null;
  /** What is here by this name: the file, the file but changed since, or another one. */
  state: "" | "here" | "changed" | "other";
  /** Where it is here; "" where it is not. */
  path: string;
  preview: "" | PreviewKind;
  /** An archive that can be unpacked once it is here. */
  unpacks: boolean;
}

export interface Files {
  kind: "files";
  id: string;
  key: string;
  files: ResultFile[];
  notes: string[];
  place: string;
  error: string;
}

export interface Downloading {
  kind: "downloading";
  /** Always "". */
  id: string;
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

export interface Downloaded {
  kind: "downloaded";
  id: string;
  key: string;
  /** `verified` is false where nobody said how long the file has to be. */
  came: { name: string; path: string; size: number; verified: boolean }[];
  /** Here already, whole and unchanged. */
  kept: string[];
  left: { name: string; reason: string; may_replace: boolean }[];
  skipped: { name: string; reason: string }[];
  stopped: boolean;
  error: string;
}

export interface Unpacked {
  kind: "unpacked";
  id: string;
  key: string;
  folder: string;
  files: number;
  /** Bytes. */
  size: number;
  /** What of the archive was not unpacked, or was renamed; "" where all is as it was. */
  note: string;
  error: string;
}

export interface PreviewCell {
  kind: "markdown" | "code" | "raw";
  source: string;
  /** `image` is a PNG in base64, or "". */
  outputs: { text: string; image: string }[];
}

export interface Preview {
  kind: "preview";
  id: string;
  key: string;
  name: string;
  what: "" | PreviewKind;
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

/** Python → view. */
export type Message =
  | Hello
  | Reply
  | Rows
  | Changed
  | Details
  | Log
  | LogChanged
  | Files
  | Downloading
  | Downloaded
  | Unpacked
  | Preview;
