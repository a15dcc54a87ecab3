/**
 * What Python and the views of both panels say to each other.
 *
 * `js/generate_contract.py` writes it down for the view, as `js/src/contract.ts`, and so it does
 * with the contracts of both panels.
 *
 * Python decides, the view shows: every sentence, meaning and outcome comes ready from Python.
 * All strings may come from a server: they are text, never markup. Moments are in ISO 8601; ""
 * where nobody knows.
 *
 * Made by js/generate_contract.py from bspsa_widgets/widgets/base/contract.py.
 */

/** Whether the service can be reached. */
export interface Connection {
  /** "local service" or the endpoint's host. */
  label: string;
  /** Name of the user; "" while nothing is known yet. */
  user: string;
  state: "unknown" | "connected" | "no_token" | "offline";
  message: string;
}

/** Hours of one project; approximate. */
export interface QuotaState {
  hours_left: number | null;
  /** What each user gets. */
  hours: number | null;
}

/** By "hpc/project". */
export type Quotas = Record<string, QuotaState>;

/** What can be chosen, and how it is called. */
export interface Option {
  id: string;
  label: string;
}

/** A value of the form. */
export type Value = string | number | boolean;

/** An input of a system's form. */
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
  choices: Option[];
  /** Another value than the choices can be typed. */
  is_open: boolean;
  /** It may be empty. */
  is_optional: boolean;
  /** The tools that have the field; [] for all. */
  tools: string[];
}

/** A system that the user can choose. */
export interface SystemSpec {
  id: string;
  label: string;
  /** Known projects; the first is the default. */
  projects: string[];
  fields: FieldSpec[];
}

/** A stage, and since when the job is known to be in it. */
export interface StageState {
  stage: string;
  at: string;
}

/** The job as people read it. */
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
  outcome: "succeeded" | "failed" | "cancelled" | "";
  /** The usual stages of the system, in order. */
  stages: string[];
  /** Stages as seen, oldest first. */
  seen: StageState[];
  /** When the stage was last read. */
  checked: string;
  /**
   * Set if the last poll failed, so that what is shown may be old; or if the job's input has not
   * arrived.
   */
  note: string;
}

/** Traits of every panel. */
export interface PanelTraits {
  connection: Connection;
  quotas: Quotas;
  /** When Python last had something to show. */
  known_at: string;
  /** Name of the copy of plain HTML that is beside the panel in a saved notebook. */
  saved_as: string;
  /** The copy by MIME type: the view puts it there once the page was reloaded. */
  saved_bundle: Record<string, string>;
}

/** A view goes; nothing answers it. */
export interface Bye {
  kind: "bye";
  id: string;
  /** Its output is gone as well. */
  is_gone: boolean;
}

/** Use a token. It is held in memory in Python, and nowhere in the view. */
export interface TokenRequest {
  kind: "token";
  id: string;
  token: string;
}

/** Proves that a kernel listens. */
export interface Hello {
  kind: "hello";
  id: string;
  /** The id by which the kernel knows the panel's comm. */
  comm: string;
  /** Ids of the requests that have no answer yet. */
  under_way: string[];
}

/** The answer to a request that has no other one, or that failed. */
export interface Reply {
  kind: "reply";
  id: string;
  ok: boolean;
  message: string;
}

/** A folder that can be chosen. */
export interface ListedFolder {
  name: string;
  path: string;
}

/** A file in the folder. */
export interface ListedFile {
  name: string;
  size: number;
}

/** One level of the folders. */
export interface Listing {
  kind: "listing";
  id: string;
  /** Relative to the root; "" is the root itself. */
  path: string;
  /** Null at the root. */
  parent: string | null;
  folders: ListedFolder[];
  files: ListedFile[];
  /** The folder holds more than is listed. */
  more: boolean;
  error: string;
}
