/** Ticks in a review, as they change the form's choice of files. */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { FileChoice, Review } from "../submitter/contract";
import type { FormSync } from "../submitter/form_sync";
import { choiceFor, excludes, isEmpty, leave, leavePaths, nothing, take } from "./choosing";
import type { Shown } from "./shown";
import { addUp, canTick, type Entry, find, isSecret, tick, tickOf } from "./tree";

export interface Ticking {
  /** What counts for the form's folder. */
  choice: ReadonlySignal<FileChoice>;
  hasChoice: ReadonlySignal<boolean>;
  /** The secret that is asked about. */
  secret: ReadonlySignal<Entry | null>;
  /** What cannot travel, and has not been left out since. */
  stuck: ReadonlySignal<Review["stuck"]>;
  /** Tick or untick; for a secret this only asks. */
  toggle(entry: Entry): void;
  answerSecret(isYes: boolean): void;
  leaveOut(paths: readonly string[]): void;
  forgetChoice(): void;
  /** Another tree is shown, or (null) none: the question about a secret stays where it is one. */
  keepSecret(root: Entry | null): void;
}

export function createTicking(sync: FormSync, shown: Signal<Shown | null>): Ticking {
  const { traits } = sync;
  const secret = signal<Entry | null>(null);
  const choice = computed(() => choiceFor(traits.choice.value, traits.folder.value));
  const choose = (next: FileChoice) => sync.edit({ choice: next }, "soon");

  function change(entry: Entry, isOn: boolean, isAgreed = false) {
    const { review, root } = shown.value ?? {};
    if (!review || !root) return;
    choose(isOn ? take(choice.value, entry, isAgreed) : leave(choice.value, entry));
    tick(entry, isOn, review.user_reason);
    addUp(root);
    shown.value = { review, root, error: "" };
  }

  return {
    choice,
    hasChoice: computed(() => !isEmpty(choice.value)),
    secret,
    stuck: computed(() => stuckIn(shown.value?.review, choice.value)),
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
    forgetChoice: () => choose(nothing(traits.folder.value)),
    keepSecret: (root) => {
      const asked = root && secret.value && find(root, secret.value.path);
      secret.value = asked && isSecret(asked) ? asked : null;
    },
  };
}

function stuckIn(review: Review | null | undefined, choice: FileChoice): Review["stuck"] {
  return (review?.stuck ?? []).filter(({ path }) => !excludes(choice, path));
}
