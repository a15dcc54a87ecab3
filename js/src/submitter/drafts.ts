/** What each system keeps for itself while another one is shown. */
import { effect } from "@preact/signals";
import type { SystemSpec } from "../contract";
import type { Form } from "./contract";
import { isNamed, isNumber, systemOf } from "./fields";
import type { FormSync } from "./form_sync";

export type Draft = Partial<Form>;

export interface Drafts {
  /** Keep what the form shows now. */
  keep(): void;
  /** What was kept for a system; undefined where it was never shown. */
  of(hpc: string): Draft | undefined;
  stop(): void;
}

/** Milliseconds of quiet: Python may change the system and its numbers one after the other. */
const QUIET = 200;

export function createDrafts(sync: FormSync): Drafts {
  const kept = new Map<string, Draft>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function keep() {
    clearTimeout(timer);
    const form = sync.form();
    const names = ["project", "options", ...numbersOf(systemOf(sync.traits))] as const;
    kept.set(form.hpc, Object.fromEntries(names.map((name) => [name, form[name]])));
  }

  // Python changes the system, too, and then nobody says so beforehand.
  const stopWatching = effect(() => {
    sync.form();
    clearTimeout(timer);
    timer = setTimeout(keep, QUIET);
  });
  return {
    keep,
    of: (hpc) => kept.get(hpc),
    stop: () => {
      clearTimeout(timer);
      stopWatching();
    },
  };
}

/** For a system that is shown for the first time. */
export function defaultDraft(system: SystemSpec): Draft {
  const defaults = new Map(system.fields.map((field) => [field.name, field.default]));
  const numbers = numbersOf(system).map((name) => [name, defaults.get(name)]);
  return { project: "", options: {}, ...Object.fromEntries(numbers) };
}

/** The numbers that are traits of their own. */
function numbersOf(system: SystemSpec | undefined): (keyof Form)[] {
  return (system?.fields ?? [])
    .filter(isNumber)
    .map(({ name }) => name)
    .filter(isNamed);
}
