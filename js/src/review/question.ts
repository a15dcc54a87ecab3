/** Asks Python what travels, as often as the form changes. */
import { type ReadonlySignal, signal } from "@preact/signals";
import { newId } from "../kernel/id";
import type { Answer } from "../submitter/contract";
import type { FormSync } from "../submitter/form_sync";

/** Milliseconds of quiet after a change, before it is looked anew. */
export const QUIET = 300;
/** Milliseconds after which it is said that the folder is being looked through. */
export const BRIEF = 500;

export interface Question {
  /** How the last question stands: "looking" after a moment, "busy" where the kernel is. */
  waiting: ReadonlySignal<"" | "asked" | "looking" | "busy">;
  ask(): Promise<void>;
  /** What an older question will bring is not what the user sees now. */
  askSoon(): void;
  /** No answer is waited for any more. */
  drop(): void;
}

/** @param take called with an answer that was not overtaken */
export function createQuestion(sync: FormSync, take: (answer: Answer) => void): Question {
  const waiting = signal<"" | "asked" | "looking" | "busy">("");
  let last = "";
  let pause: ReturnType<typeof setTimeout> | undefined;
  let moment: ReturnType<typeof setTimeout> | undefined;

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
    drop();
    take(answer);
  }

  function drop() {
    last = "";
    clearTimeout(pause);
    clearTimeout(moment);
    waiting.value = "";
  }

  function askSoon() {
    drop();
    pause = setTimeout(ask, QUIET);
  }

  return { waiting, ask, askSoon, drop };
}
