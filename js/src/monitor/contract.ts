/**
 * What Python and the monitor's view say to each other; see `widgets/base/contract.py`.
 *
 * Rows, details, logs and files travel as messages, so that 10,000 jobs do not go along with each
 * change.
 *
 * Made by js/generate_contract.py from bspsa_widgets/widgets/monitor/contract.py.
 */

import type { Bye, Hello, JobView, Option, PanelTraits, Reply, TokenRequest } from "../contract";
import type { FileMessage, FilesRequest } from "./results/contract";

/** What of a job's output. */
export type Stream = "stdout" | "stderr";

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
  outcome: "succeeded" | "failed" | "cancelled" | "";
  /** Nothing more will happen, whatever the outcome. */
  is_over: boolean;
  /** The service does not show it any more; what became of it is not known. */
  is_lost: boolean;
  /** When this stage began, or was first seen. */
  since: string;
  submitted: string;
  /** The service's own, which tells the order of jobs of the same second; 0 if not known. */
  number: number;
  /** Hours. */
  asked: number | null;
  /** Hours, roughly; of a running job those before `running_since`. */
  used: number | null;
  /** The view counts on from here while the job runs; "" if it does not. */
  running_since: string;
  /** Why the last poll of it failed, or "". */
  note: string;
}

/** A system whose list could not be read. */
export interface FailedList {
  system: string;
  words: string;
}

/** What is known of the lists as a whole. */
export interface Condition {
  /** "old": it is not kept up to date any more; what is shown was true at `checked`. */
  state: "loading" | "live" | "old" | "failed";
  /** Why it is so; of a live list, what failed beside it. "" if there is nothing to say. */
  message: string;
  /** When the lists were last read; "" before the first time. */
  checked: string;
  failed: FailedList[];
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

/** The traits of the monitor. */
export interface MonitorTraits extends PanelTraits, Choosing {
  systems: Option[];
  condition: Condition;
  saved: Saved;
}

/**
 * Say that a kernel listens; send all rows; read the lists now; drop the rows.
 *
 * The reply to "refresh" comes as that is done; "forget" is for a service that has gone.
 */
export interface TableRequest {
  kind: "hello" | "rows" | "refresh" | "forget";
  id: string;
}

/**
 * Open a job, or leave it; follow its log no more; list its files; stop their download.
 *
 * Details are sent whenever they change, until "close" or another "open".
 */
export interface OpenJobRequest {
  kind: "open" | "close" | "unfollow" | "files" | "stop_download";
  id: string;
  key: string;
}

/**
 * Send a log, and its changes while the job runs.
 *
 * Until "unfollow", or another "log" or "open".
 */
export interface LogRequest {
  kind: "log";
  id: string;
  key: string;
  stream: Stream;
  lines: number;
  whole: boolean;
}

/** Cancel or delete a job, only on the user's word; the reply says what is known afterwards. */
export interface EndRequest {
  kind: "end";
  id: string;
  key: string;
  what: "cancel" | "delete";
  /** The user was told what may be lost if the job cannot be read. */
  unread: boolean;
}

/** View → Python. Each has an id of its own, names its view, and gets exactly one answer. */
export type Request =
  | TableRequest
  | Bye
  | TokenRequest
  | OpenJobRequest
  | LogRequest
  | EndRequest
  | FilesRequest;

/** All rows. */
export interface Rows {
  kind: "rows";
  id: string;
  /** Each change counts up by one; if one is missing, the view asks for all rows again. */
  revision: number;
  rows: JobRow[];
}

/** Rows that are new or have changed, and keys of those that are gone. */
export interface Changed {
  kind: "changed";
  id: "";
  revision: number;
  rows: JobRow[];
  gone: string[];
}

/** Why a job failed. */
export interface CauseState {
  headline: string;
  detail: string;
  advice: string;
  /** The name of the rule that said so. */
  rule: string;
  /** The line that it was read from. */
  evidence: string;
}

/** A setting of a submission. */
export interface Setting {
  label: string;
  value: string;
}

/** The record of a job's submission. */
export interface RecordDetails {
  record: string;
  notebook: string;
  endpoint: string;
  began: string;
  words: string;
  settings: Setting[];
  /** Code that opens a panel with these settings. */
  python: string;
}

/** The state of a submission's input file. */
export interface InputState {
  state: "" | "arrived" | "missing" | "stuck" | "unlisted";
  words: string;
}

/** All that is known of one job. */
export interface Details {
  kind: "details";
  id: string;
  key: string;
  /** The service's response, as it came. */
  job: Record<string, unknown>;
  /** All "" if `error` says why there are no details. */
  view: JobView;
  owner: string;
  record: RecordDetails | null;
  cause: CauseState | null;
  input: InputState;
  can_cancel: boolean;
  can_delete: boolean;
  /** The last poll failed: the questions say what may be lost, and a yes is sent as `unread`. */
  is_unread: boolean;
  /** What is lost, as a question. */
  ask_cancel: string;
  /** What is lost, as a question. */
  ask_delete: string;
  /** Where results go, relative to the notebook. */
  place: string;
  error: string;
}

/** A piece of text and how it looks: "" or words such as "bold red on-white". */
export type Run = [string, string];

/** What is known of one of a job's streams. */
export interface LogState {
  id: string;
  key: string;
  stream: Stream;
  /** The name that the system has for it; "" while there is none. */
  file: string;
  lines: Run[][];
  /** Counts up by one with each change; 0: it is not followed. */
  revision: number;
  /**
   * Place of the first line, counted on from change to change; if the log was written anew, from 0
   * again.
   */
  at: number;
  /** Number of the first line in the log, from 1, if known. */
  first: number | null;
  /** Bytes. */
  size: number | null;
  /** `lines` holds all of it. */
  is_complete: boolean;
  /** The job is over, and this was read after its end. */
  is_final: boolean;
  note: string;
  /** Why the last read failed, or "". */
  problem: string;
}

/** The last lines of a log, or all. */
export interface Log extends LogState {
  kind: "log";
}

/** What is new in a log. A view that has another revision than the one before asks for it all. */
export interface LogChanged extends LogState {
  kind: "log_changed";
  /** How many of the lines from `at` on stay; `lines` come after them. */
  kept: number;
}

/** Python → view. */
export type Message = Hello | Reply | Rows | Changed | Details | Log | LogChanged | FileMessage;
