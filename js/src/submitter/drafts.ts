/** What each system keeps for itself while another one is shown. */
import { effect } from "@preact/signals";
import type { Form, SystemSpec } from "../contract";
import type { FormSync } from "./form_sync";

export type Draft = Pick<Form, "project" | "node_number" | "core_number" | "runtime">;

export interface Drafts {
  /** Keep what the form shows now. */
  keep(): void;
  /** What was kept for a system; undefined where it was never shown. */
  of(hpc: string): Draft | undefined;
  stop(): void;
}

const DRAFTED = ["project", "node_number", "core_number", "runtime"] as const;
/** Milliseconds of quiet: Python may change the system and its numbers one after the other. */
const QUIET = 200;

export function createDrafts(sync: FormSync): Drafts {
  const kept = new Map<string, Draft>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function keep() {
    clearTimeout(timer);
    const form = sync.form();
    kept.set(form.hpc, pick(form));
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
  const find = (name: string) => system.fields.find((field) => field.name === name)?.default ?? "";
  return {
    project: "",
    node_number: find("node_number"),
    core_number: find("core_number"),
    runtime: find("runtime"),
  };
}

function pick(form: Form): Draft {
  return Object.fromEntries(DRAFTED.map((name) => [name, form[name]])) as unknown as Draft;
}
