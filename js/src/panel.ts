/** One panel: what it shows, what can be done with it, and where its elements are. */
import { computed, effect, type ReadonlySignal, untracked } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { FieldName, Form, Listing, SystemSpec } from "./contract";
import { pythonCode } from "./python_code";
import { readNumber } from "./quantities";
import { createState, DRAFTED, type Draft, FORM_ORDER, type ViewState } from "./state";
import { newId, type Sync, type Synced } from "./sync";

export const KERNEL_SILENT =
  "The kernel is busy or not running. Your request waits there; nothing was sent yet as far as this page knows.";
const KERNEL_SILENT_BROWSING =
  "The kernel is busy or not running. The folder shows as soon as it answers.";
/** Milliseconds that the status may lag behind the answer to Submit. */
const LAG = 2_000;

export interface Panel {
  traits: Synced;
  state: ViewState;
  system: ReadonlySignal<SystemSpec | undefined>;
  /** Nothing is under way: Submit may be clicked. */
  ready: ReadonlySignal<boolean>;
  /** The id of an element of this panel, unlike that of any other on the page. */
  id(name: string): string;
  attach(root: HTMLElement | null): void;
  edit(changes: Partial<Form>, when?: "now" | "soon"): void;
  flush(): void;
  chooseSystem(hpc: string): void;
  typeNumber(name: "node_number" | "core_number" | "runtime", text: string): void;
  submit(): void;
  cancel(): void;
  useToken(token: string): void;
  browse(path: string): void;
  closeBrowser(): void;
  chooseFolder(path: string): void;
  copyAsPython(): Promise<void>;
  copy(text: string, said: string): Promise<boolean>;
  stop(): void;
}

const Context = createContext<Panel | null>(null);
export const PanelProvider = Context.Provider;

export function usePanel(): Panel {
  const panel = useContext(Context);
  if (panel === null) throw new Error("There is no panel around this component.");
  return panel;
}

export function createPanel(sync: Sync): Panel {
  const { traits } = sync;
  const state = createState();
  // Random, as each panel on a page may run its own copy of this module.
  const prefix = `bspsa-${newId().slice(0, 8)}`;
  const id = (name: string) => `${prefix}-${name}`;
  let root: HTMLElement | null = null;

  const findSystem = (hpc: string) => traits.systems.value.find((system) => system.id === hpc);
  const system = computed(() => findSystem(traits.hpc.value));
  const ready = computed(() => !traits.status.value.busy && state.handingOver.value === "");

  function focus(name: string) {
    root?.querySelector<HTMLElement>(`[id="${id(name)}"]`)?.focus();
  }

  /** Whether the focus is here or nowhere: it is never taken from elsewhere on the page. */
  function ownsFocus(): boolean {
    const active = (root?.getRootNode() as Document | ShadowRoot | undefined)?.activeElement;
    return !active || !root || root.contains(active) || active.contains(root);
  }

  function focusFirstError() {
    const first = FORM_ORDER.find((name) => traits.errors.value[name]);
    if (!state.focusOwed || first === undefined) return;
    state.focusOwed = false;
    if (ownsFocus()) focus(first === "tool" && state.otherTool.value ? "tool-id" : first);
  }

  const stopErrors = effect(() => {
    if (Object.keys(traits.errors.value).length === 0) return;
    // After the rendering of what has changed.
    untracked(() => setTimeout(focusFirstError));
  });
  const stopBusy = effect(() => {
    const { busy, outcome } = traits.status.value;
    untracked(() => {
      if (busy) state.footNotice.value = "";
      else state.cancelling.value = false;
      if (busy && state.handingOver.value === "slow") state.handingOver.value = "pending";
      if (outcome === "accepted") state.focusOwed = false;
    });
  });

  function chooseSystem(hpc: string) {
    const form = sync.form();
    const next = findSystem(hpc);
    if (hpc === form.hpc || next === undefined) return;
    state.drafts.set(form.hpc, pick(form));
    const fresh = !state.drafts.has(hpc);
    const changes: Partial<Form> = { hpc, ...(state.drafts.get(hpc) ?? defaultDraft(next)) };
    for (const field of fresh ? next.fields : []) {
      const empty =
        field.name === "command" || field.name === "tool" ? form[field.name] === "" : false;
      if (empty) changes[field.name as "command" | "tool"] = String(field.default);
    }
    sync.edit(changes);
  }

  function typeNumber(name: "node_number" | "core_number" | "runtime", text: string) {
    state.typed.value = { ...state.typed.value, [`${traits.hpc.value}/${name}`]: text };
    sync.edit({ [name]: readNumber(text) }, "soon");
  }

  async function submit() {
    if (!ready.value) return;
    sync.flush();
    state.handingOver.value = "pending";
    state.footNotice.value = "";
    state.codeToCopy.value = "";
    state.focusOwed = true;
    const before = traits.status.value;
    const answer = await sync.ask({ kind: "submit", id: newId(), form: sync.form() }, () => {
      if (!traits.status.value.busy) state.handingOver.value = "slow";
    });
    if (answer.kind === "reply" && !answer.ok) {
      state.footNotice.value = answer.message;
      focusFirstError();
    } else {
      // Messages overtake traits: the button stays shut until the status has arrived.
      await changed(traits.status, before);
      focusFirstError();
    }
    state.handingOver.value = "";
  }

  async function cancel() {
    if (state.cancelling.value) return;
    state.cancelling.value = true;
    const answer = await sync.ask({ kind: "cancel", id: newId() }, () => {
      state.footNotice.value =
        "The kernel is busy or not running. It has not taken the cancel yet.";
    });
    if (answer.kind === "reply" && !answer.ok) {
      state.footNotice.value = answer.message;
      state.cancelling.value = false;
    }
  }

  async function useToken(token: string) {
    state.tokenNotice.value = "";
    const answer = await sync.ask({ kind: "token", id: newId(), token }, () => {
      state.tokenNotice.value = "The kernel is busy or not running. The token waits there.";
    });
    state.tokenNotice.value = answer.kind === "reply" && !answer.ok ? answer.message : "";
  }

  async function browse(path: string) {
    const listing = state.browser.value?.listing ?? null;
    state.browser.value = { path, listing, loading: true, problem: "" };
    const request = newId();
    browsing = request;
    const isLast = () => browsing === request && state.browser.value !== null;
    const answer = await sync.ask({ kind: "browse", id: request, path }, () => {
      const open = state.browser.value;
      if (isLast() && open) state.browser.value = { ...open, problem: KERNEL_SILENT_BROWSING };
    });
    if (!isLast()) return;
    if (answer.kind === "listing") {
      const shown: Listing | null = answer.error ? listing : answer;
      state.browser.value = { path, listing: shown, loading: false, problem: answer.error };
    } else {
      state.browser.value = { path, listing, loading: false, problem: answer.message };
    }
  }
  let browsing = "";

  function closeBrowser() {
    state.browser.value = null;
    focus("browse");
  }

  async function copy(text: string, said: string): Promise<boolean> {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      return false; // no permission, or a page over plain http
    }
    state.announcement.value = said;
    return true;
  }

  async function copyAsPython() {
    const code = pythonCode(sync.form(), system.value);
    state.codeToCopy.value = "";
    if (!(await copy(code, "Copied as Python."))) state.codeToCopy.value = code;
  }

  return {
    traits,
    state,
    system,
    ready,
    id,
    attach: (element) => {
      root = element;
    },
    edit: sync.edit,
    flush: sync.flush,
    chooseSystem,
    typeNumber,
    submit,
    cancel,
    useToken,
    browse,
    closeBrowser,
    chooseFolder: (path) => {
      sync.edit({ folder: path });
      closeBrowser();
    },
    copyAsPython,
    copy,
    stop: () => {
      stopErrors();
      stopBusy();
    },
  };
}

/** The panel's field names that a number is typed into. */
export type NumberName = Extract<FieldName, "node_number" | "core_number" | "runtime">;

function pick(form: Form): Draft {
  return Object.fromEntries(DRAFTED.map((name) => [name, form[name]])) as unknown as Draft;
}

function defaultDraft(system: SystemSpec): Draft {
  const find = (name: string) => system.fields.find((field) => field.name === name)?.default ?? "";
  return {
    project: "",
    node_number: find("node_number"),
    core_number: find("core_number"),
    runtime: find("runtime"),
  };
}

/** Resolves when the signal holds something else than `before`, or after LAG. */
function changed<T>(watched: ReadonlySignal<T>, before: T): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, LAG);
    const unsubscribe = watched.subscribe((value) => {
      if (value === before) return;
      clearTimeout(timer);
      resolve();
      queueMicrotask(() => unsubscribe());
    });
  });
}
