/** The review while it is open: asks Python what travels, and turns ticks into a choice. */
import {
  computed,
  effect,
  type ReadonlySignal,
  type Signal,
  signal,
  untracked,
} from "@preact/signals";
import type { Choice, Review } from "../contract";
import { newId } from "../kernel/id";
import type { Focus } from "../page/focus";
import type { FormSync } from "../submitter/form_sync";
import { choiceFor, excludes, isEmpty, leave, leavePaths, take } from "./choosing";
import { biggest, flatRows, leftOut, type Order, type Row, treeRows } from "./rows";
import { addUp, canTick, type Entry, find, isSecret, tick, tickOf, treeOf } from "./tree";

/** Milliseconds of quiet after a change, before it is looked anew. */
export const QUIET = 300;
/** Milliseconds after which it is said that the folder is being looked through. */
export const BRIEF = 500;
/** Rows up to which all folders start unfolded. */
const FEW = 60;

/** What an open review shows. */
export interface Shown {
  /** The last answer; null before the first. */
  review: Review | null;
  root: Entry | null;
  error: string;
}

export interface Reviewing {
  /** null while it is closed. */
  shown: ReadonlySignal<Shown | null>;
  /** How the last question stands: "looking" after a moment, "busy" where the kernel is. */
  waiting: ReadonlySignal<"" | "asked" | "looking" | "busy">;
  filter: Signal<string>;
  order: Signal<Order>;
  rows: ReadonlySignal<Row[]>;
  /** Paths of the folders whose content is shown in the tree. */
  unfolded: ReadonlySignal<ReadonlySet<string>>;
  /** The secret that is asked about. */
  secret: ReadonlySignal<Entry | null>;
  /** What cannot travel, and has not been left out since. */
  stuck: ReadonlySignal<Review["stuck"]>;
  /** Bytes of the zip, roughly, as far as that can be said between two answers. */
  estimate: ReadonlySignal<number | null>;
  hasChoice: ReadonlySignal<boolean>;
  open(): void;
  /** Close it, and give the focus back. */
  close(): void;
  /** Close it, and leave the focus alone. */
  end(): void;
  fold(entry: Entry, isUnfolded: boolean): void;
  /** Tick or untick; for a secret this only asks. */
  toggle(entry: Entry): void;
  answerSecret(isYes: boolean): void;
  leaveOut(paths: readonly string[]): void;
  forgetChoice(): void;
  stop(): void;
}

export function createReviewing(sync: FormSync, focus: Focus): Reviewing {
  const { traits } = sync;
  const shown = signal<Shown | null>(null);
  const waiting = signal<"" | "asked" | "looking" | "busy">("");
  const filter = signal("");
  const order = signal<Order>("tree");
  const unfolded = signal<ReadonlySet<string>>(new Set());
  const secret = signal<Entry | null>(null);
  const choice = computed(() => choiceFor(traits.choice.value, traits.folder.value));
  let last = "";
  let pause: ReturnType<typeof setTimeout> | undefined;
  let moment: ReturnType<typeof setTimeout> | undefined;

  const listed = computed(() => {
    const root = shown.value?.root;
    if (!root || order.value === "tree") return [];
    return order.value === "biggest" ? biggest(root) : leftOut(root);
  });
  const rows = computed(() => {
    const root = shown.value?.root;
    if (!root) return [];
    const needle = filter.value.trim();
    return order.value === "tree"
      ? treeRows(root, needle, unfolded.value)
      : flatRows(listed.value, needle);
  });
  const stuck = computed(() =>
    (shown.value?.review?.stuck ?? []).filter(({ path }) => !excludes(choice.value, path)),
  );
  const estimate = computed(() => {
    const { review = null, root = null } = shown.value ?? {};
    if (!review || !root || review.estimate === null) return null;
    return review.size > 0 ? (review.estimate * root.bytes) / review.size : review.estimate;
  });

  async function ask() {
    sync.flush();
    const id = newId();
    last = id;
    waiting.value = "asked";
    clearTimeout(moment);
    moment = setTimeout(() => {
      if (waiting.value === "asked") waiting.value = "looking";
    }, BRIEF);
    const answer = await sync.ask({ kind: "review", id, form: sync.form() }, () => {
      if (last === id) waiting.value = "busy";
    });
    if (last !== id) return; // closed, or overtaken by a change
    settle();
    if (answer.kind === "review" && !answer.error) show(answer);
    else
      fail(answer.kind === "reply" ? answer.message : answer.kind === "review" ? answer.error : "");
  }

  function settle() {
    last = "";
    clearTimeout(pause);
    clearTimeout(moment);
    waiting.value = "";
  }

  function show(review: Review) {
    const isFirst = !shown.value?.root;
    const root = treeOf(review);
    if (isFirst) unfolded.value = new Set(startsWith(root));
    // A question that is open stays: the look was not asked for by whoever is reading it.
    const asked = secret.value && find(root, secret.value.path);
    secret.value = asked && isSecret(asked) ? asked : null;
    shown.value = { review, root, error: "" };
  }

  /** What was shown stays, so that the tick that was in the way can be taken back. */
  function fail(error: string) {
    const { review = null, root = null } = shown.value ?? {};
    shown.value = { review, root, error };
  }

  /** What an older question will bring is not what the user sees now. */
  function askSoon() {
    settle();
    pause = setTimeout(ask, QUIET);
  }

  function open() {
    shown.value = { review: null, root: null, error: "" };
    filter.value = "";
    order.value = "tree";
    ask();
  }

  function end() {
    settle();
    shown.value = null;
    secret.value = null;
  }

  /** What an answer depends on; the folder apart. */
  const asked = () => {
    const { hpc, project, command, tool, init_file } = traits;
    const fields = [hpc, project, command, tool, init_file].map((one) => one.value);
    return JSON.stringify([choice.value, fields]);
  };
  const now = computed(() => [traits.folder.value, asked()] as const);
  let before = now.value;
  const stopWatching = effect(() => {
    const [folder, key] = now.value;
    const [oldFolder, oldKey] = before;
    before = now.value;
    untracked(() => {
      if (!shown.value) return;
      if (folder !== oldFolder) end();
      else if (key !== oldKey) askSoon();
    });
  });

  function choose(next: Choice) {
    sync.edit({ choice: next }, "soon");
  }

  function change(entry: Entry, isOn: boolean, isAgreed = false) {
    const { review, root } = shown.value ?? {};
    if (!review || !root) return;
    choose(isOn ? take(choice.value, entry, isAgreed) : leave(choice.value, entry));
    tick(entry, isOn);
    addUp(root);
    shown.value = { review, root, error: "" };
  }

  return {
    shown,
    waiting,
    filter,
    order,
    rows,
    unfolded,
    secret,
    stuck,
    estimate,
    hasChoice: computed(() => !isEmpty(choice.value)),
    open,
    end,
    close: () => {
      end();
      focus.to("review");
    },
    fold: (entry, isUnfolded) => {
      const next = new Set(unfolded.value);
      if (isUnfolded) next.add(entry.path);
      else next.delete(entry.path);
      unfolded.value = next;
    },
    toggle: (entry) => {
      if (!canTick(entry)) return;
      const isOn = tickOf(entry) !== "true";
      if (isOn && isSecret(entry)) secret.value = entry;
      else change(entry, isOn);
    },
    answerSecret: (isYes) => {
      const entry = secret.value;
      secret.value = null;
      if (isYes && entry) change(entry, true, true);
    },
    leaveOut: (paths) => choose(leavePaths(choice.value, paths)),
    forgetChoice: () =>
      choose({ folder: traits.folder.value, include: [], exclude: [], include_secrets: [] }),
    stop: () => {
      end();
      stopWatching();
    },
  };
}

/** Folders that start unfolded: all where that fits, else those above a lonely folder's content. */
function startsWith(root: Entry): string[] {
  const all = new Set<string>();
  const add = (entry: Entry) => {
    if (entry.below.length > 0) all.add(entry.path);
    entry.below.forEach(add);
  };
  add(root);
  if (treeRows(root, "", all).length <= FEW) return [...all];
  const lonely: string[] = [];
  for (let one = root.below; one.length === 1 && one[0]; one = one[0].below) {
    lonely.push(one[0].path);
  }
  return lonely;
}
