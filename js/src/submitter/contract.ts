/**
 * What Python and the submit panel's view say to each other; see `widgets/base/contract.py`.
 *
 * Made by js/generate_contract.py from bspsa_widgets/widgets/submitter/contract.py.
 */

import type {
  Bye,
  Hello,
  JobView,
  Listing,
  PanelTraits,
  Reply,
  SystemSpec,
  TokenRequest,
  Value,
} from "../contract";

/**
 * Single files that travel or stay otherwise than the rules would have it.
 *
 * It counts only if `folder` is the form's. A folder's path may end with "/".
 */
export interface FileChoice {
  folder: string;
  /** Left out by a rule, and taken along. */
  include: string[];
  exclude: string[];
  /** They look like a secret, and are taken along after a yes of their own. */
  include_secrets: string[];
}

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
  choice: FileChoice;
}

/** What would be sent of the folder. */
export interface FolderInfo {
  state: "none" | "counting" | "ok" | "error";
  files: number;
  /** Bytes before packing. */
  size: number;
  left_out: number;
  message: string;
}

/**
 * Look for the job now, submit the form once more, put a record's settings into the form, or look
 * no more for a record's job.
 */
export type ActionKind = "look" | "again" | "use" | "close";

/** A button for what can be done about a submission. */
export interface Action {
  kind: ActionKind;
  label: string;
  /** Asked before it is done; "": done at once. */
  confirm: string;
}

/**
 * How far a submission is; "reconciling": sent without a response, and looked for in the user's
 * job list.
 */
export type StepName =
  | "idle"
  | "checking"
  | "packing"
  | "connecting"
  | "sending"
  | "waiting"
  | "reconciling"
  | "following"
  | "over";

/** How far a submission is, and what it came to. */
export interface Status {
  step: StepName;
  /** One line: what is going on, or what it came to. */
  message: string;
  /** A submission is under way: Submit is disabled. */
  busy: boolean;
  /** Cancel still means that nothing is sent. */
  cancellable: boolean;
  done: number;
  /** 0: not known, show an indeterminate bar. */
  total: number;
  outcome: "accepted" | "refused" | "not_sent" | "unconfirmed" | "";
  /** The band's first line: says first whether a job exists. */
  headline: string;
  /** The band's further words. */
  detail: string;
  /** Seconds from now until the job list is read again; 0: it is not planned. */
  next_look: number;
  /** The record of the submission that this is about; "" if there is none. */
  record: string;
  /** What can be done about it, in the order of the buttons. */
  actions: Action[];
}

/** An earlier submission, as its record tells it. */
export interface RecordLine {
  record: string;
  title: string;
  system: string;
  /** When it was begun. */
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
  /** "" if no job is known. */
  job_id: string;
  actions: Action[];
}

/** There is no job. */
export type NoJob = Record<string, never>;

/** The traits of the panel; Python and the view set those of the form. */
export interface SubmitterTraits extends PanelTraits, Form {
  systems: SystemSpec[];
  /** Names by system id, as far as the service told. */
  projects: Record<string, string[]>;
  folder_info: FolderInfo;
  status: Status;
  /** The service's response, as it came; {} if there is none. */
  job: Record<string, unknown>;
  job_view: JobView | NoJob;
  /** Sentences by field, or by "token" and "endpoint". */
  errors: Record<string, string>;
  /** Sentences by field. */
  warnings: Record<string, string>;
  /** Newest first. */
  records: RecordLine[];
}

/** Say that a kernel listens; cancel the running submission. */
export interface CancelRequest {
  kind: "hello" | "cancel";
  id: string;
}

/**
 * Submit the form; submit it although the same was sent before; show what would be sent.
 *
 * The second only on the user's word. A newer review ends an older one.
 */
export interface FormRequest {
  kind: "submit" | "again" | "review";
  id: string;
  /** It travels along: a trait's change may still wait behind a busy kernel. */
  form: Form;
}

/** Do to a submission what a button stands for; see `ActionKind`. */
export interface RecordRequest {
  kind: "look" | "use" | "close";
  id: string;
  record: string;
}

/** List a folder. */
export interface BrowseRequest {
  kind: "browse";
  id: string;
  /** Relative to the root. */
  path: string;
}

/** View → Python. Each has an id of its own, names its view, and gets exactly one answer. */
export type Request =
  | CancelRequest
  | Bye
  | FormRequest
  | RecordRequest
  | BrowseRequest
  | TokenRequest;

/** A file or folder that is not sent. */
export interface LeftOut {
  path: string;
  reason: string;
  size: number | null;
  /** Whether the user can take it along; "ask" is a likely secret. */
  may: "yes" | "ask" | "no";
  /** The user excludes it, and no rule. */
  by_user: boolean;
}

/** To be fixed, or left out, before anything is sent. */
export interface Stuck {
  path: string;
  reason: string;
}

/**
 * What would be sent, file by file.
 *
 * Paths are relative to the folder; in `left_out` and `stuck` a folder's ends with "/".
 */
export interface Review {
  kind: "review";
  id: string;
  /** Path and size of those that are sent; sorted by path. */
  files: [string, number][];
  left_out: LeftOut[];
  stuck: Stuck[];
  /** Bytes before packing. */
  size: number;
  /** Bytes of the archive, roughly. */
  estimate: number | null;
  warnings: string[];
  /** The reason of what the user excludes. */
  user_reason: string;
  /** Why there is nothing to show, or "". */
  error: string;
}

/** Python → view. */
export type Answer = Hello | Listing | Review | Reply;
