/**
 * All that Python and the view say to each other. Mirrors the traits and messages of
 * bspsa_widgets/widgets/submitter/job_submitter.py; a test there reads this file's names.
 *
 * Python decides, the view shows: every sentence, meaning and outcome comes ready from
 * Python. All strings may come from a server: they are text, never markup.
 */

export type Value = string | number | boolean;

/** The form: what the user typed, right or wrong (so numbers may be text). */
export interface Form {
  hpc: string;
  /** "" is the service's default project. */
  project: string;
  /** Relative to the browsing root, or absolute below it. */
  folder: string;
  command: string;
  tool: string;
  init_file: string;
  title: string;
  node_number: number | string;
  core_number: number | string;
  /** Hours. */
  runtime: number | string;
  /** Fields that are no key here, by name; what is missing has the field's default. */
  options: Record<string, Value>;
  choice: Choice;
}

/**
 * Single files that travel or stay otherwise than the rules would have it; counts only where
 * `folder` is the form's. A folder's path may end with "/".
 */
export interface Choice {
  folder: string;
  /** Left out by a rule, and taken along. */
  include: string[];
  exclude: string[];
  /** They look like a secret, and are taken along after a yes of their own. */
  include_secrets: string[];
}

export interface FieldSpec {
  /** A key of the form, or of its `options`. */
  name: string;
  label: string;
  kind: "text" | "path" | "script" | "choice" | "integer" | "number" | "boolean";
  unit: string;
  default: Value;
  /** What it may look like: shown while the input is empty. */
  example: string;
  help: string;
  choices: { id: string; label: string }[];
  /** Another value than the choices can be typed. */
  is_open: boolean;
  /** It may be empty. */
  is_optional: boolean;
  /** The tools that have the field; [] for all. */
  tools: string[];
}

export interface SystemSpec {
  id: string;
  label: string;
  /** Known projects; the first is the default. */
  projects: string[];
  fields: FieldSpec[];
  stages: string[];
}

export interface Connection {
  /** "local service" or the endpoint's host. */
  label: string;
  /** "" while nothing is known yet. */
  user: string;
  state: "unknown" | "connected" | "no_token" | "offline";
  message: string;
}

/** Hours left per "hpc/project"; approximate. */
export type Quotas = Record<string, { hours_left: number | null; hours: number | null }>;

export interface FolderInfo {
  state: "none" | "counting" | "ok" | "error";
  /** The folder that these figures are of. */
  folder: string;
  files: number;
  /** Bytes before packing. */
  size: number;
  left_out: number;
  message: string;
}

export interface Status {
  /** "reconciling": sent without an answer, and looked for in the user's job list. */
  step:
    | "idle"
    | "checking"
    | "packing"
    | "connecting"
    | "sending"
    | "waiting"
    | "reconciling"
    | "following"
    | "over";
  /** One line: what is going on, or what it came to. */
  message: string;
  /** The share that is done, 0 to 1; 0 where it is not known. */
  progress: number;
  /** A submission is under way: Submit is disabled. */
  busy: boolean;
  /** Cancel still means that nothing is sent. */
  cancellable: boolean;
  done: number;
  /** 0: not known, show an indeterminate bar. */
  total: number;
  outcome: "" | "accepted" | "refused" | "not_sent" | "unconfirmed";
  /** The band's first line: says first whether a job exists. */
  headline: string;
  /** The band's further words. */
  detail: string;
  /** Seconds from now until the next look in the job list; 0: none is planned. */
  next_look: number;
  /** The record of the submission that this is about; "" where there is none. */
  record: string;
  /** What can be done about it, in the order of the buttons. */
  actions: Action[];
}

export interface Action {
  /**
   * Look for the job now, submit the form once more, put a record's settings into the form, or
   * look no more for a record's job.
   */
  kind: "look" | "again" | "use" | "close";
  label: string;
  /** Asked before it is done; "": done at once. */
  confirm: string;
}

/** An earlier submission, as its record tells it. */
export interface RecordLine {
  record: string;
  title: string;
  system: string;
  /** When it was begun, ISO 8601. */
  at: string;
  state:
    | "prepared"
    | "sending"
    | "accepted"
    | "refused"
    | "not_sent"
    | "unconfirmed"
    | "over"
    | "closed";
  /** The state in plain words. */
  words: string;
  /** "" where no job is known. */
  job_id: string;
  actions: Action[];
}

/** The job as people read it; {} while there is none. */
export interface JobView {
  job_id: string;
  system: string;
  project: string;
  title: string;
  runtime: string;
  submitted: string;
  ended: string;
  stage: string;
  /** The service does not show it any more; what became of it is not known. */
  is_lost: boolean;
  meaning: string;
  outcome: "" | "succeeded" | "failed" | "cancelled";
  /** The usual stages of the system, in order. */
  stages: string[];
  /** Stages as seen, oldest first; `at` is ISO 8601. */
  seen: { stage: string; at: string }[];
  /** When the stage was last read, ISO 8601. */
  checked: string;
  /** Set where the last look failed, so that what is shown may be old; or where the job's input has not arrived. */
  note: string;
}

export interface Traits extends Form {
  systems: SystemSpec[];
  /** Projects by system id, as far as the service told. */
  projects: Record<string, string[]>;
  connection: Connection;
  quotas: Quotas;
  folder_info: FolderInfo;
  status: Status;
  /** The service's response, as it came; {} while there is none. */
  job: Record<string, unknown>;
  job_view: JobView | Record<string, never>;
  /** By field, "token" or "endpoint". */
  errors: Record<string, string>;
  warnings: Record<string, string>;
  /** Newest first. */
  records: RecordLine[];
  /** When Python last had something to show, ISO 8601; "" where it had nothing yet. */
  known_at: string;
  /** Of the copy of plain HTML that is beside the panel in a saved notebook. */
  saved_as: string;
  /** The same by MIME type: the view puts it there once the page was reloaded. */
  saved_bundle: Record<string, string>;
}

/** View → Python. Each has an id of its own, names its view, and gets exactly one answer. */
export type Request =
  /** Proves that a kernel listens; answered by a hello. */
  | { kind: "hello"; id: string }
  | Bye
  /** The form travels along: a trait change may still wait behind a busy kernel. */
  | { kind: "submit"; id: string; form: Form }
  /** Submit although the same was sent before: only on the user's word. */
  | { kind: "again"; id: string; form: Form }
  /** Look for a submission's job now. */
  | { kind: "look"; id: string; record: string }
  /** Put the settings of a record into the form. */
  | { kind: "use"; id: string; record: string }
  /** Look no more for the job of a submission whose outcome is not known. */
  | { kind: "close"; id: string; record: string }
  | { kind: "cancel"; id: string }
  /** What would travel of the form's folder; a newer one ends an older one. */
  | { kind: "review"; id: string; form: Form }
  | { kind: "browse"; id: string; path: string }
  /** Held in memory there, and nowhere here. */
  | { kind: "token"; id: string; token: string };

/** A view goes; nothing answers it. `is_gone`: its output is gone as well. */
export interface Bye {
  kind: "bye";
  id: string;
  is_gone: boolean;
}

export interface Hello {
  kind: "hello";
  id: string;
  /** The id by which the kernel knows the panel's comm. */
  comm: string;
  /** Ids of the requests that have no answer yet. */
  under_way: string[];
}

export interface Listing {
  kind: "listing";
  id: string;
  /** Relative to the root; "" is the root itself. */
  path: string;
  /** null at the root. */
  parent: string | null;
  folders: { name: string; path: string }[];
  files: { name: string; size: number }[];
  /** True where the folder holds more than is listed. */
  more: boolean;
  error: string;
}

/** Paths are relative to the folder; in `left_out` and `stuck` a folder's ends with "/". */
export interface Review {
  kind: "review";
  id: string;
  folder: string;
  /** They travel; sorted by path. */
  files: [path: string, size: number][];
  /** `may`: whether the user can take it along; "ask" is a likely secret. */
  left_out: { path: string; reason: string; size: number | null; may: "yes" | "ask" | "no" }[];
  /** To be mended, or left out, before anything is sent. */
  stuck: { path: string; reason: string }[];
  /** Bytes before packing. */
  size: number;
  /** Bytes of the zip, roughly. */
  estimate: number | null;
  warnings: string[];
  /** Why there is nothing to show, or "". */
  error: string;
}

/** Python → view. */
export type Answer =
  | Hello
  | Listing
  | Review
  | { kind: "reply"; id: string; ok: boolean; message: string };
