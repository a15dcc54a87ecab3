/** One panel: what it shows, what can be done with it, and where its elements are. */
import { computed, effect, type ReadonlySignal, untracked } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type {
  Action,
  FieldName,
  Form,
  JobView,
  Listing,
  Quotas,
  Request,
  Status,
  SystemSpec,
  Traits,
} from "../contract";
import { newId } from "../kernel/id";
import { BUSY_ASKED, watchLiveness } from "../kernel/liveness";
import { watchPresence } from "../kernel/presence";
import type { Synced } from "../kernel/traits";
import { createNotices, type Notices } from "../page/notification";
import { createSurface, type Surface } from "../page/surface";
import { createReviewing, type Reviewing } from "../review/review";
import { OUTCOMES } from "../text/outcomes";
import { pythonCode } from "../text/python_code";
import { readNumber } from "../text/quantities";
import { createDrafts, defaultDraft } from "./drafts";
import type { FormSync } from "./form_sync";
import { createState, FORM_ORDER, type ViewState } from "./state";

export const KERNEL_BUSY =
  "The kernel is busy. Your request waits there; nothing was sent yet as far as this page knows.";
const KERNEL_BUSY_BROWSING = "The kernel is busy. The folder shows as soon as it answers.";
/** Milliseconds that the status may lag behind the answer to Submit. */
const LAG = 2_000;

export interface Panel extends Surface {
  traits: Synced<Traits>;
  state: ViewState;
  system: ReadonlySignal<SystemSpec | undefined>;
  /** A kernel listens, and nothing is under way: Submit may be clicked. */
  ready: ReadonlySignal<boolean>;
  /** What is left of the chosen project's hours; undefined where that is not known. */
  quota: ReadonlySignal<Quotas[string] | undefined>;
  /** A submission is, or is being handed to the kernel. */
  underWay: ReadonlySignal<boolean>;
  /** The job that the status is about; null where it is about none. */
  job: ReadonlySignal<JobView | null>;
  notices: Notices;
  /** What travels of the folder, while it is looked at. */
  reviewing: Reviewing;
  edit(changes: Partial<Form>, when?: "now" | "soon"): void;
  flush(): void;
  chooseSystem(hpc: string): void;
  typeNumber(name: "node_number" | "core_number" | "runtime", text: string): void;
  submit(): void;
  /**
   * Do what a button of the status or of a record stands for. Resolves with the answer;
   * `notify` is told what there is to say about it meanwhile.
   */
  act(kind: Action["kind"], record: string, notify: (words: string) => void): Promise<void>;
  cancel(): void;
  useToken(token: string): void;
  browse(path: string): void;
  closeBrowser(): void;
  review(): void;
  chooseFolder(path: string): void;
  copyAsPython(): Promise<void>;
  stop(): void;
}

const Context = createContext<Panel | null>(null);
export const PanelProvider = Context.Provider;

export function usePanel(): Panel {
  const panel = useContext(Context);
  if (panel === null) throw new Error("There is no panel around this component.");
  return panel;
}

export function createPanel(sync: FormSync): Panel {
  const { traits } = sync;
  const state = createState();
  const watch = watchLiveness(sync.heart);
  const surface = createSurface(watch.liveness);
  const { focus, announce } = surface;
  const drafts = createDrafts(sync);
  const reviewing = createReviewing(sync, focus);

  const findSystem = (hpc: string) => traits.systems.value.find((system) => system.id === hpc);
  const system = computed(() => findSystem(traits.hpc.value));
  const quota = computed(() => {
    const project = traits.project.value || system.value?.projects[0];
    return traits.quotas.value[`${traits.hpc.value}/${project}`];
  });
  const stopPresence = watchPresence(sync.heart, () => !surface.isShut.peek());
  const underWay = computed(() => traits.status.value.busy || state.handingOver.value !== "");
  const ready = computed(() => !surface.isShut.value && !underWay.value);

  const job = computed(() => jobOf(traits.status.value, traits.job_view.value));

  function focusFirstError() {
    const first = FORM_ORDER.find((name) => traits.errors.value[name]);
    if (!state.focusOwed || first === undefined) return;
    state.focusOwed = false;
    if (focus.isFree()) focus.to(first === "tool" && state.otherTool.value ? "tool-id" : first);
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

  const notices = createNotices();
  let followed = traits.job_view.value;
  const stopNotices = effect(() => {
    const before = followed;
    followed = traits.job_view.value;
    untracked(() => tellOfEnd(before, followed));
  });

  function tellOfEnd(before: JobView | Record<string, never>, now: typeof before) {
    if (!hasJob(before) || !hasJob(now) || before.job_id !== now.job_id) return;
    if (before.outcome || !now.outcome) return;
    const words = [now.system, now.meaning || now.stage].filter(Boolean).join(" · ");
    const word = OUTCOMES[now.outcome] ?? "Over";
    notices.tell({ job: now.job_id, title: now.title, word, words });
  }

  /** The tool as this view last set it: any other value comes from Python, or another view. */
  let ownTool = traits.tool.value;
  const stopTool = effect(() => {
    if (traits.tool.value === ownTool) return;
    ownTool = traits.tool.value;
    state.otherTool.value = false;
  });

  function edit(changes: Partial<Form>, when: "now" | "soon" = "now") {
    ownTool = changes.tool ?? ownTool;
    sync.edit(changes, when);
  }

  function chooseSystem(hpc: string) {
    const form = sync.form();
    const next = findSystem(hpc);
    if (hpc === form.hpc || next === undefined) return;
    drafts.keep();
    const kept = drafts.of(hpc);
    const changes: Partial<Form> = { hpc, ...(kept ?? defaultDraft(next)) };
    for (const field of kept ? [] : next.fields) {
      const empty =
        field.name === "command" || field.name === "tool" ? form[field.name] === "" : false;
      if (empty) changes[field.name as "command" | "tool"] = String(field.default);
    }
    edit(changes);
  }

  function typeNumber(name: "node_number" | "core_number" | "runtime", text: string) {
    state.typed.value = { ...state.typed.value, [`${traits.hpc.value}/${name}`]: text };
    edit({ [name]: readNumber(text) }, "soon");
  }

  async function submit(kind: "submit" | "again" = "submit") {
    if (!ready.value) return;
    sync.flush();
    state.handingOver.value = "pending";
    state.footNotice.value = "";
    surface.codeToCopy.value = "";
    state.focusOwed = true;
    const before = traits.status.value;
    const answer = await sync.ask({ kind, id: newId(), form: sync.form() }, () => {
      if (!traits.status.value.busy) state.handingOver.value = "slow";
    });
    if (answer.kind === "reply" && !answer.ok) {
      state.footNotice.value = answer.message;
      focusFirstError();
    } else {
      // Messages overtake traits: the button stays shut until the status has arrived.
      await changed(traits.status, (status) => status !== before && !isLookOf(before, status));
      focusFirstError();
    }
    state.handingOver.value = "";
  }

  async function act(
    kind: Action["kind"],
    record: string,
    notify: (words: string) => void,
  ): Promise<void> {
    if (kind === "again") {
      if (!ready.value) return;
      focus.to("submit"); // the button that was clicked goes with the outcome it belongs to
      return submit("again");
    }
    sync.flush(); // what was typed comes before what replaces it
    drafts.keep();
    notify("");
    const request: Request = { kind, id: newId(), record };
    const answer = await sync.ask(request, () => notify(BUSY_ASKED));
    const refused = answer.kind === "reply" && !answer.ok;
    notify(refused ? answer.message : "");
    if (kind === "use" && !refused) showForm();
  }

  /** Its fields have changed, perhaps out of sight. */
  function showForm() {
    announce("The form has these settings now.");
    if (focus.isFree()) focus.to("hpc");
  }

  async function cancel() {
    if (state.cancelling.value) return;
    state.cancelling.value = true;
    const answer = await sync.ask({ kind: "cancel", id: newId() }, () => {
      state.footNotice.value = "The kernel is busy. It has not taken the cancel yet.";
    });
    if (answer.kind === "reply" && !answer.ok) {
      state.footNotice.value = answer.message;
      state.cancelling.value = false;
    }
  }

  async function useToken(token: string) {
    state.tokenNotice.value = "";
    const answer = await sync.ask({ kind: "token", id: newId(), token }, () => {
      state.tokenNotice.value = "The kernel is busy. The token waits there.";
    });
    state.tokenNotice.value = answer.kind === "reply" && !answer.ok ? answer.message : "";
  }

  async function browse(path: string) {
    reviewing.end(); // there is room for one of the two
    const listing = state.browser.value?.listing ?? null;
    state.browser.value = { path, listing, loading: true, problem: "" };
    const request = newId();
    browsing = request;
    const isLast = () => browsing === request && state.browser.value !== null;
    const answer = await sync.ask({ kind: "browse", id: request, path }, () => {
      const open = state.browser.value;
      if (isLast() && open) state.browser.value = { ...open, problem: KERNEL_BUSY_BROWSING };
    });
    if (!isLast()) return;
    if (answer.kind === "listing") {
      const shown: Listing | null = answer.error ? listing : answer;
      state.browser.value = { path, listing: shown, loading: false, problem: answer.error };
    } else {
      const problem = answer.kind === "reply" ? answer.message : "";
      state.browser.value = { path, listing, loading: false, problem };
    }
  }
  let browsing = "";

  function closeBrowser() {
    state.browser.value = null;
    focus.to("browse");
  }

  function review() {
    state.browser.value = null;
    reviewing.open();
  }

  return {
    ...surface,
    traits,
    state,
    system,
    quota,
    ready,
    notices,
    underWay,
    job,
    reviewing,
    edit,
    flush: sync.flush,
    chooseSystem,
    typeNumber,
    submit: () => submit(),
    act,
    cancel,
    useToken,
    browse,
    closeBrowser,
    review,
    chooseFolder: (path) => {
      edit({ folder: path });
      closeBrowser();
    },
    copyAsPython: () =>
      surface.copyCode(pythonCode(sync.form(), system.value), "Copied as Python."),
    stop: () => {
      stopErrors();
      stopBusy();
      stopTool();
      stopNotices();
      watch.stop();
      stopPresence();
      drafts.stop();
      reviewing.stop();
    },
  };
}

/** The panel's field names that a number is typed into. */
export type NumberName = Extract<FieldName, "node_number" | "core_number" | "runtime">;

/** A job in `job_view` may be of an earlier submission than the status. */
function jobOf(status: Status, view: JobView | Record<string, never>): JobView | null {
  const isAbout = status.outcome === "accepted" || status.outcome === "";
  return isAbout && hasJob(view) ? view : null;
}

function hasJob(view: JobView | Record<string, never>): view is JobView {
  return Boolean(view.job_id);
}

/** Whether a status still tells of the looks after an earlier submission, not of a new one. */
function isLookOf(before: Status, status: Status): boolean {
  return status.step === "reconciling" && status.record === before.record;
}

/** Resolves when the signal holds what is waited for, or after LAG. */
function changed<T>(watched: ReadonlySignal<T>, isIt: (value: T) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, LAG);
    const unsubscribe = watched.subscribe((value) => {
      if (!isIt(value)) return;
      clearTimeout(timer);
      resolve();
      queueMicrotask(() => unsubscribe());
    });
  });
}
