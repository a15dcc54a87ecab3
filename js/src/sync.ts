/**
 * The only file that talks to the model: traits become signals, changes of the form go
 * back, requests wait here for their answer.
 */
import type { AnyModel } from "@anywidget/types";
import { batch, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Answer, Form, Request, Traits } from "./contract";

/** What a trait holds until Python says more; also fills keys that are missing. */
const EMPTY: Traits = {
  hpc: "",
  project: "",
  folder: "",
  command: "",
  tool: "",
  init_file: "",
  title: "",
  node_number: "",
  core_number: "",
  runtime: "",
  choice: { folder: "", include: [], exclude: [], include_secrets: [] },
  systems: [],
  projects: {},
  connection: { label: "", user: "", state: "unknown", message: "" },
  quotas: {},
  folder_info: { state: "none", folder: "", files: 0, size: 0, left_out: 0, message: "" },
  status: {
    step: "idle",
    message: "",
    progress: 0,
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
  },
  job: {},
  job_view: {},
  errors: {},
  warnings: {},
  records: [],
};
const NAMES = Object.keys(EMPTY) as (keyof Traits)[];

export const FORM_NAMES = [
  "hpc",
  "project",
  "folder",
  "command",
  "tool",
  "init_file",
  "title",
  "node_number",
  "core_number",
  "runtime",
  "choice",
] as const satisfies readonly (keyof Form)[];

const KINDS: readonly Answer["kind"][] = ["reply", "listing", "review"];

/** Milliseconds after which typing is passed on; leaving the input passes it on at once. */
const TYPING = 120;
/** Milliseconds without an answer after which the kernel counts as busy or gone. */
export const PATIENCE = 10_000;

export type Synced = { readonly [K in keyof Traits]: ReadonlySignal<Traits[K]> };

export interface Sync {
  traits: Synced;
  /** The whole form as it stands. */
  form(): Form;
  /** Set traits at once here, and in Python at once or (`soon`) after a pause in typing. */
  edit(changes: Partial<Form>, when?: "now" | "soon"): void;
  /** Pass on what still waits for a pause in typing. */
  flush(): void;
  /** Ask Python. `slow` is called once if no answer came in time; a late one still counts. */
  ask(request: Request, slow?: () => void): Promise<Answer>;
  stop(): void;
}

export function newId(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  // Pages that came over plain http have no randomUUID.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function createSync(model: AnyModel<Traits>): Sync {
  const signals = Object.fromEntries(
    NAMES.map((name) => [name, signal(read(model, name))]),
  ) as unknown as { [K in keyof Traits]: Signal<Traits[K]> };
  const waiting = new Map<string, (answer: Answer) => void>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let unsaved: ReturnType<typeof setTimeout> | undefined;

  const listeners = NAMES.map((name) => {
    const listener = () => {
      (signals[name] as Signal<unknown>).value = read(model, name);
    };
    model.on(`change:${name}`, listener);
    return [name, listener] as const;
  });
  const onMessage = (content: unknown) => {
    const answer = content as Partial<Answer> | null;
    if (!answer?.kind || !KINDS.includes(answer.kind)) return;
    const settle = waiting.get(String(answer.id));
    waiting.delete(String(answer.id));
    settle?.(answer as Answer);
  };
  model.on("msg:custom", onMessage);

  function flush() {
    if (unsaved === undefined) return;
    clearTimeout(unsaved);
    unsaved = undefined;
    model.save_changes();
  }

  function edit(changes: Partial<Form>, when: "now" | "soon" = "now") {
    batch(() => {
      for (const name of FORM_NAMES) {
        const value = changes[name];
        if (value === undefined) continue;
        model.set(name, value);
        (signals[name] as Signal<unknown>).value = value;
      }
    });
    clearTimeout(unsaved);
    unsaved = setTimeout(flush, TYPING);
    if (when === "now") flush();
  }

  function ask(request: Request, slow?: () => void): Promise<Answer> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => slow?.(), PATIENCE);
      timers.add(timer);
      waiting.set(request.id, (answer) => {
        clearTimeout(timer);
        timers.delete(timer);
        resolve(answer);
      });
      model.send(request);
    });
  }

  function stop() {
    flush();
    for (const [name, listener] of listeners) model.off(`change:${name}`, listener);
    model.off("msg:custom", onMessage);
    for (const timer of timers) clearTimeout(timer);
    waiting.clear();
  }

  const form = () =>
    Object.fromEntries(FORM_NAMES.map((name) => [name, signals[name].value])) as unknown as Form;

  return { traits: signals, form, edit, flush, ask, stop };
}

function read<K extends keyof Traits>(model: AnyModel<Traits>, name: K): Traits[K] {
  const empty = EMPTY[name];
  const value = model.get(name);
  if (value === undefined || value === null) return empty;
  if (typeof empty === "object" && !Array.isArray(empty))
    return { ...(empty as object), ...(value as object) } as Traits[K];
  return value;
}
