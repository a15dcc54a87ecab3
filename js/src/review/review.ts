/** The review while it is open: what Python found in the folder, listed, and ticked by the user. */
import {
  computed,
  effect,
  type ReadonlySignal,
  type Signal,
  signal,
  untracked,
} from "@preact/signals";
import type { FieldSpec } from "../contract";
import type { Focus } from "../page/focus";
import type { FileChoice } from "../submitter/contract";
import { fieldsFor, fieldValue, systemOf } from "../submitter/fields";
import type { FormSync } from "../submitter/form_sync";
import { createListing, type Listing } from "./listing";
import { createQuestion, type Question } from "./question";
import { estimateOf, type Shown, shownAfter } from "./shown";
import { createTicking, type Ticking } from "./ticking";
import { treeOf } from "./tree";

/** Fields that name files, or that decide which files count. */
const OF_FILES: readonly FieldSpec["kind"][] = ["script", "choice", "path"];

export interface Reviewing
  extends Pick<Question, "waiting">,
    Omit<Listing, "reset" | "begin">,
    Omit<Ticking, "choice" | "keepSecret"> {
  /** null while it is closed. */
  shown: ReadonlySignal<Shown | null>;
  /** Bytes of the zip, roughly, as far as that can be said between two answers. */
  estimate: ReadonlySignal<number | null>;
  open(): void;
  /** Close it, and give the focus back. */
  close(): void;
  /** Close it, and leave the focus alone. */
  end(): void;
  stop(): void;
}

export function createReviewing(sync: FormSync, focus: Focus): Reviewing {
  const shown = signal<Shown | null>(null);
  const listing = createListing(shown);
  const ticking = createTicking(sync, shown);
  const { waiting, open, end, stop } = createAsking(sync, shown, listing, ticking);
  return {
    ...ticking,
    ...listing,
    ...{ shown, waiting, open, end, stop },
    estimate: computed(() => estimateOf(shown.value)),
    close: () => {
      end();
      focus.to("review");
    },
  };
}

/** Asks as the review opens and as the form changes, and shows what comes. */
function createAsking(
  sync: FormSync,
  shown: Signal<Shown | null>,
  listing: Listing,
  ticking: Ticking,
): Pick<Reviewing, "waiting" | "open" | "end" | "stop"> {
  const question = createQuestion(sync, (answer) => {
    const root = answer.kind === "review" && !answer.error ? treeOf(answer) : null;
    if (root && !shown.value?.root) listing.begin(root);
    // A question that is open stays: the look was not asked for by whoever is reading it.
    if (root) ticking.keepSecret(root);
    shown.value = shownAfter(shown.value, answer, root);
  });

  function end() {
    question.drop();
    shown.value = null;
    ticking.keepSecret(null);
  }

  const stopWatching = watchForm(sync, ticking.choice, (isOtherFolder) => {
    if (!shown.value) return;
    if (isOtherFolder) end();
    else question.askSoon();
  });
  return {
    waiting: question.waiting,
    open: () => {
      shown.value = { review: null, root: null, error: "" };
      listing.reset();
      question.ask();
    },
    end,
    stop: () => {
      end();
      stopWatching();
    },
  };
}

/**
 * Watches what an answer depends on. Returns what ends this.
 *
 * @param onChange called as something else counts, with whether that is the folder
 */
function watchForm(
  { traits }: FormSync,
  choice: ReadonlySignal<FileChoice>,
  onChange: (isOtherFolder: boolean) => void,
): () => void {
  const now = computed(() => {
    const { hpc, project, folder, tool } = traits;
    const values = fieldsFor(systemOf(traits), tool.value)
      .filter(({ kind }) => OF_FILES.includes(kind))
      .map((field) => fieldValue((name) => traits[name].value, field));
    return {
      folder: folder.value,
      key: JSON.stringify([choice.value, hpc.value, project.value, values]),
    };
  });
  let before = now.value;
  return effect(() => {
    const { folder, key } = before;
    before = now.value;
    const isOtherFolder = before.folder !== folder;
    if (isOtherFolder || before.key !== key) untracked(() => onChange(isOtherFolder));
  });
}
