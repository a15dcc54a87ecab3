/** A monitor's model, with Python's part played by the test. */
import type { JobView } from "../src/contract";
import type {
  Condition,
  Details,
  JobRow,
  Log,
  LogChanged,
  Message,
  MonitorTraits,
  Request,
} from "../src/monitor/contract";
import type { Files, Preview, ResultFile } from "../src/monitor/results/contract";
import { FakeModel, type RequestOf } from "./fake_model";

export class MonitorModel extends FakeModel<MonitorTraits, Request, Message> {
  /** All requests of this kind, oldest first. */
  all<K extends Request["kind"]>(kind: K): RequestOf<Request, K>[] {
    return this.sent.filter((one) => one.kind === kind) as RequestOf<Request, K>[];
  }

  /** The newest request of this kind. */
  newest<K extends Request["kind"]>(kind: K): RequestOf<Request, K> {
    const request = this.all(kind).at(-1);
    if (!request) throw new Error(`There was no request ${kind}.`);
    return request;
  }
}

export const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

export const LIVE: Condition = {
  state: "live",
  message: "",
  checked: "",
  failed: [],
};

export function traits(changes: Partial<MonitorTraits> = {}): MonitorTraits {
  return {
    hpc: "",
    project: "",
    selected: "",
    connection: { label: "bspsa.cineca.it", user: "306328", state: "connected", message: "" },
    quotas: {
      "pizdaint/bsp_pizdaint_01": { hours_left: 4598.7, hours: 5000 },
      "nsg/bsp_nsg_01": { hours_left: 12.5, hours: 200 },
    },
    systems: [
      { id: "pizdaint", label: "Piz Daint" },
      { id: "nsg", label: "NSG" },
    ],
    condition: { ...LIVE, checked: ago(4 / 60) },
    saved: { at: "", rows: [] },
    known_at: "",
    saved_as: "fedcba9876543210",
    saved_bundle: {},
    ...changes,
  };
}

/** A job that runs on Piz Daint. */
export function row(changes: Partial<JobRow> = {}): JobRow {
  const job_id = changes.job_id ?? "AF17D39A-9E15-4FE3-9F84-0EAEB4CC94AA";
  const hpc = changes.hpc ?? "pizdaint";
  const project = changes.project ?? "bsp_pizdaint_01";
  return {
    key: `${hpc}/${project}/${job_id}`,
    job_id,
    title: "CA1 fit, 200 cells",
    hpc,
    system: hpc === "nsg" ? "NSG" : "Piz Daint",
    project,
    stage: "RUNNING",
    meaning: "The job is running.",
    outcome: "",
    is_lost: false,
    is_over: false,
    since: ago(14),
    submitted: ago(90),
    number: 0,
    asked: 2,
    used: 0,
    running_since: ago(14),
    note: "",
    ...changes,
  };
}

export const RUNNING = row();
export const FAILED = row({
  job_id: "NGBW-JOB-PY_TG-9C2B7D10420280",
  title: "Purkinje sweep 3/8",
  hpc: "nsg",
  project: "bsp_nsg_01",
  stage: "COMPLETED",
  meaning: "The job ended with an error.",
  outcome: "failed",
  is_over: true,
  since: ago(150),
  submitted: ago(185),
  asked: 0.5,
  used: 0.1,
  running_since: "",
});
export const DONE = row({
  ...FAILED,
  key: "nsg/bsp_nsg_01/NGBW-JOB-PY_TG-7A1100F11F9A02",
  job_id: "NGBW-JOB-PY_TG-7A1100F11F9A02",
  title: "Purkinje sweep 2/8",
  meaning: "The results are ready.",
  outcome: "succeeded",
  submitted: ago(186),
  used: 0.4,
});
export const ROWS = [RUNNING, FAILED, DONE];

/** Many of all kinds, in no order. */
export function manyRows(count: number): JobRow[] {
  const ends = ["", "succeeded", "failed", "cancelled"] as const;
  const stages = ["RUNNING", "COMPLETED", "FAILED", "CANCELLED"];
  return Array.from({ length: count }, (_, index) => {
    const kind = (index * 7) % 11 > 3 ? 1 : index % 4;
    const outcome = ends[kind] ?? "";
    const hpc = index % 3 ? "pizdaint" : "nsg";
    return row({
      job_id: `${(index * 2_654_435_761) % 4_294_967_296}-JOB-${String(index).padStart(6, "0")}`,
      title: `Sweep ${index % 97}, cell ${(index * 31) % count}`,
      hpc,
      project: hpc === "nsg" ? "bsp_nsg_01" : "bsp_pizdaint_01",
      stage: stages[kind] ?? "",
      outcome,
      is_over: outcome !== "",
      submitted: ago(((index * 7919) % count) * 3),
      used: (index % 20) / 10,
      running_since: outcome ? "" : ago(index % 100),
    });
  });
}

export function viewOf(one: JobRow, changes: Partial<JobView> = {}): JobView {
  const stages = one.hpc === "nsg" ? ["QUEUE", "SUBMITTED", "COMPLETED"] : ["QUEUED", "RUNNING"];
  return {
    job_id: one.job_id,
    system: one.system,
    project: one.project,
    title: one.title,
    runtime: `${one.asked} h`,
    submitted: one.submitted,
    ended: one.is_over ? one.since : "",
    stage: one.stage,
    meaning: one.meaning,
    outcome: one.outcome,
    is_lost: one.is_lost,
    stages,
    seen: [
      { stage: stages[0] ?? "", at: one.submitted },
      { stage: one.stage, at: one.since },
    ],
    checked: ago(0),
    note: one.note,
    ...changes,
  };
}

export function details(id: string, one: JobRow, changes: Partial<Details> = {}): Details {
  return {
    kind: "details",
    id,
    key: one.key,
    job: { job_id: one.job_id, stage: one.stage },
    view: viewOf(one),
    owner: "306328",
    record: null,
    cause: null,
    input: { state: "", words: "" },
    can_cancel: !one.is_over,
    can_delete: true,
    is_unread: false,
    ask_cancel: "What it has computed so far is lost. Cancel the job?",
    ask_delete: "Its files at the service are lost. Delete the job?",
    place: "results/ca1-fit-B4CC94AA",
    error: "",
    ...changes,
  };
}

export function log(id: string, one: JobRow, changes: Partial<Log> = {}): Log {
  return {
    kind: "log",
    id,
    key: one.key,
    stream: "stdout",
    file: "stdout",
    lines: [],
    revision: 1,
    at: 0,
    first: 1,
    size: 0,
    is_complete: true,
    is_final: one.is_over,
    note: "",
    problem: "",
    ...changes,
  };
}

/** What came after a log of revision 1; `kept` of its lines stay. */
export function logChanged(one: JobRow, changes: Partial<LogChanged> = {}): LogChanged {
  return { ...log("", one), kind: "log_changed", revision: 2, kept: 0, ...changes };
}

export function file(name: string, changes: Partial<ResultFile> = {}): ResultFile {
  return { name, size: 1_200, state: "", path: "", preview: "text", unpacks: false, ...changes };
}

export function files(id: string, list: ResultFile[], changes: Partial<Files> = {}): Files {
  const place = "results/ca1-fit-B4CC94AA";
  return { kind: "files", id, files: list, notes: [], place, error: "", ...changes };
}

export function preview(id: string, changes: Partial<Preview>): Preview {
  return {
    kind: "preview",
    id,
    name: "",
    what: "",
    text: "",
    header: [],
    rows: [],
    image: "",
    mime: "",
    cells: [],
    is_cut: false,
    note: "",
    error: "",
    ...changes,
  };
}

export const reply = (id: string, ok = true, message = "") =>
  ({ kind: "reply", id, ok, message }) as const;
