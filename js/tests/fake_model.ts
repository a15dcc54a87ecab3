/** A model as anywidget gives it to a view, with Python's part played by the test. */
import type { AnyModel } from "@anywidget/types";
import type { Bye, FieldSpec, Hello, Listing, SystemSpec } from "../src/contract";
import type { Answer, Request, Review, Status, SubmitterTraits } from "../src/submitter/contract";

/** Of all requests those of a kind. */
export type RequestOf<Q extends { kind: string }, K> = Q extends unknown
  ? K extends Q["kind"]
    ? Q
    : never
  : never;

type Listener = (...values: unknown[]) => void;

/** A field as Python sends it. */
export function fieldSpec(
  name: string,
  label: string,
  kind: FieldSpec["kind"],
  changes: Partial<FieldSpec> = {},
): FieldSpec {
  return {
    ...{ name, label, kind },
    ...{ unit: "", default: "", example: "", help: "", choices: [], tools: [] },
    ...{ is_open: false, is_optional: false },
    ...changes,
  };
}

export const SYSTEMS: SystemSpec[] = [
  {
    id: "pizdaint",
    label: "Piz Daint — CSCS",
    projects: ["bsp_pizdaint_01"],
    fields: [
      fieldSpec("command", "Command", "script", {
        example: "unzip -q {archive} && cd {folder} && python run.py",
        help: "Runs in the job's directory on Piz Daint; the archive lies there as {archive}",
      }),
      ...common(12, 1),
    ],
  },
  {
    id: "nsg",
    label: "NSG — Neuroscience Gateway",
    projects: ["bsp_nsg_01"],
    fields: [
      fieldSpec("tool", "Tool", "choice", {
        default: "PY_TG",
        help: "The program that NSG runs; another id can be typed",
        choices: [
          { id: "PY_TG", label: "Python" },
          { id: "NEURON77_TG", label: "NEURON 7.7" },
        ],
        is_open: true,
      }),
      fieldSpec("init_file", "Main file", "path", {
        help: "The file in the folder that the tool starts",
        is_optional: true,
      }),
      ...common(1, 0.5),
    ],
  },
];

export function common(cores: number, runtime: number): FieldSpec[] {
  return [
    fieldSpec("title", "Title", "text", { help: "Shown in your job list", is_optional: true }),
    fieldSpec("node_number", "Nodes", "integer", { default: 1 }),
    fieldSpec("core_number", "Cores per node", "integer", { default: cores }),
    fieldSpec("runtime", "Runtime", "number", { unit: "hours", default: runtime }),
  ];
}

export const IDLE: Status = {
  step: "idle",
  message: "",
  busy: false,
  cancellable: false,
  done: 0,
  total: 0,
  outcome: "",
  headline: "",
  detail: "",
  next_look: 0,
  record: "",
  actions: [],
};

export function traits(changes: Partial<SubmitterTraits> = {}): SubmitterTraits {
  return {
    hpc: "pizdaint",
    project: "",
    folder: "ca1-fitting",
    command: "unzip -q {archive} && cd {folder}\nsrun python fit_cells.py --cells 200",
    tool: "PY_TG",
    init_file: "",
    title: "CA1 fit, 200 cells",
    node_number: 2,
    core_number: 12,
    runtime: 2,
    options: {},
    choice: { folder: "", include: [], exclude: [], include_secrets: [] },
    systems: SYSTEMS,
    projects: { pizdaint: ["bsp_pizdaint_01", "icei-hbp-2021"] },
    connection: { label: "bspsa.cineca.it", user: "306328", state: "connected", message: "" },
    quotas: { "pizdaint/bsp_pizdaint_01": { hours_left: 4598.7, hours: 5000 } },
    folder_info: {
      state: "ok",
      files: 128,
      size: 14_200_000,
      left_out: 6,
      message: "",
    },
    status: IDLE,
    job: {},
    job_view: {},
    errors: {},
    warnings: {},
    records: [],
    known_at: "2026-11-25T12:00:00+00:00",
    saved_as: "0123456789abcdef",
    saved_bundle: {},
    ...changes,
  };
}

export function listing(id: string, changes: Partial<Listing> = {}): Listing {
  return {
    kind: "listing",
    id,
    path: "",
    parent: null,
    folders: [],
    files: [],
    more: false,
    error: "",
    ...changes,
  };
}

export function review(id: string, changes: Partial<Review> = {}): Review {
  return {
    kind: "review",
    id,
    files: [],
    left_out: [],
    stuck: [],
    size: (changes.files ?? []).reduce((sum, [, size]) => sum + size, 0),
    estimate: null,
    warnings: [],
    user_reason: "not wanted",
    error: "",
    ...changes,
  };
}

/** The parts of a request that any widget's has. */
interface Asked {
  kind: string;
  id: string;
}

/** The kernel, as the page sees it. */
export interface FakeKernel {
  status: string;
  connectionStatus: string;
  isDisposed: boolean;
  /** Comms that it knows; null where it gives no answer. */
  comms: string[] | null;
}

export const COMM = "c0ffee";
export const KERNEL: FakeKernel = {
  status: "idle",
  connectionStatus: "connected",
  isDisposed: false,
  comms: [COMM],
};

function notebookOf(comms: string[]) {
  const outputs = {
    length: comms.length,
    get: (place: number) => ({
      toJSON: () => ({
        output_type: "display_data",
        data: { "application/vnd.jupyter.widget-view+json": { model_id: comms[place] } },
      }),
    }),
    set: () => {},
  };
  return { model: { cells: [{ outputs: undefined }, { outputs }] } };
}

export class FakeModel<T extends object = SubmitterTraits, Q extends Asked = Request, A = Answer> {
  /** Without hellos, byes and the view's name. */
  readonly sent: Q[] = [];
  readonly hellos: Hello[] = [];
  readonly byes: Bye[] = [];
  /** By which the views name themselves, in the order of what they said. */
  readonly views: string[] = [];
  /** Python answers each hello by itself. */
  isAwake = false;
  /** Requests that it works on, as a hello is told. */
  under_way: string[] = [];
  /** undefined where the page does not see it. */
  kernel: FakeKernel | null | undefined = undefined;
  asked = 0;
  /** Comms that an output of the notebook shows; undefined where the page knows no notebook. */
  shown: string[] | undefined = undefined;
  /** Every value that was ever set by the view. */
  readonly written: [string, unknown][] = [];
  saves = 0;
  private readonly listeners = new Map<string, Set<Listener>>();

  constructor(readonly values: T) {}

  get<K extends keyof T>(name: K): T[K] {
    return this.values[name];
  }

  set<K extends keyof T & string>(name: K, value: T[K]): void {
    this.written.push([name, value]);
    this.change(name, value);
  }

  on(name: string, listener: Listener): void {
    const known = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, known.add(listener));
  }

  off(name?: string | null, listener?: Listener | null): void {
    if (name && listener) this.listeners.get(name)?.delete(listener);
  }

  save_changes(): void {
    this.saves += 1;
  }

  send({ view, ...more }: Q & { view: string }): void {
    this.views.push(view);
    const content = more as unknown as Q;
    if (content.kind === "bye") this.byes.push(content as unknown as Bye);
    else if (content.kind !== "hello") this.sent.push(content);
    if (content.kind !== "hello") return;
    const hello = { kind: "hello" as const, id: content.id, comm: COMM, under_way: [] };
    this.hellos.push(hello);
    if (this.isAwake) queueMicrotask(() => this.answer(this.wake()));
  }

  /** From now on hellos are answered; the answer to the last one. */
  wake(): A {
    this.isAwake = true;
    if (this.kernel) this.kernel = KERNEL;
    return { ...this.hellos.at(-1), under_way: this.under_way } as A;
  }

  /** A cell runs: neither Python nor the kernel answers until it wakes. */
  fallBusy(): void {
    this.isAwake = false;
    this.kernel = { ...KERNEL, status: "busy", comms: null };
  }

  get widget_manager() {
    const { kernel } = this;
    const context = this.shown && notebookOf(this.shown);
    if (!kernel) return { kernel, context };
    const requestCommInfo = () => {
      this.asked += 1;
      const { comms } = kernel;
      if (comms === null) return new Promise(() => {});
      return Promise.resolve({ content: { comms: Object.fromEntries(comms.map((c) => [c, {}])) } });
    };
    return { kernel: { ...kernel, requestCommInfo }, context };
  }

  /** The page says that the kernel has forgotten the widget. */
  cut(): void {
    this.emit("comm_live_update");
  }

  /** It is so. */
  die(): void {
    this.isAwake = false;
    this.cut();
  }

  /** Python sets a trait. */
  change<K extends keyof T & string>(name: K, value: T[K]): void {
    this.values[name] = value;
    this.emit(`change:${name}`);
  }

  /** Python answers. */
  answer(answer: A): void {
    this.emit("msg:custom", answer, []);
  }

  /** The last request, of this kind. */
  last<K extends Q["kind"]>(kind: K): RequestOf<Q, K> {
    const request = this.sent.at(-1);
    if (request?.kind !== kind) throw new Error(`The last request is ${request?.kind}.`);
    return request as RequestOf<Q, K>;
  }

  get listenerCount(): number {
    return [...this.listeners.values()].reduce((sum, known) => sum + known.size, 0);
  }

  asModel(): AnyModel<T> {
    return this as unknown as AnyModel<T>;
  }

  private emit(name: string, ...values: unknown[]): void {
    for (const listener of this.listeners.get(name) ?? []) listener(...values);
  }
}
