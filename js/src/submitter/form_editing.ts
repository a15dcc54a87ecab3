/** The form as the user changes it: system by system, with numbers as they were typed. */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { FieldName, Form, Quotas, SystemSpec, Traits } from "../contract";
import type { Synced } from "../kernel/traits";
import { readNumber } from "../text/quantities";
import { createDrafts, type Draft, defaultDraft } from "./drafts";
import type { FormSync } from "./form_sync";
import { createToolChoice } from "./tool_choice";

/** The panel's field names that a number is typed into. */
export type NumberName = Extract<FieldName, "node_number" | "core_number" | "runtime">;

export interface FormEditing {
  system: ReadonlySignal<SystemSpec | undefined>;
  /** What is left of the chosen project's hours; undefined where that is not known. */
  quota: ReadonlySignal<Quotas[string] | undefined>;
  /** Numbers as typed ("2.0" is not "2" to the one who types), by "system/field". */
  typed: ReadonlySignal<Readonly<Record<string, string>>>;
  /** "Other…" was chosen as the tool, and what was typed there. */
  otherTool: Signal<boolean>;
  otherToolId: Signal<string>;
  edit(changes: Partial<Form>, when?: "now" | "soon"): void;
  flush(): void;
  chooseSystem(hpc: string): void;
  typeNumber(name: NumberName, text: string): void;
  /** What was typed comes before what replaces it. */
  keepDraft(): void;
}

export function createFormEditing(sync: FormSync): FormEditing & { stop(): void } {
  const { hpc, systems } = sync.traits;
  const typed = signal<Readonly<Record<string, string>>>({});
  const drafts = createDrafts(sync);
  const tool = createToolChoice(sync.traits.tool);
  const find = (id: string) => systems.value.find((system) => system.id === id);
  const system = computed(() => find(hpc.value));

  function edit(changes: Partial<Form>, when: "now" | "soon" = "now") {
    tool.own(changes.tool);
    sync.edit(changes, when);
  }

  return {
    system,
    quota: computed(() => quotaOf(sync.traits, system.value)),
    typed,
    ...{ otherTool: tool.isOther, otherToolId: tool.otherId },
    edit,
    flush: sync.flush,
    chooseSystem: (id) => {
      const next = find(id);
      if (id === hpc.value || next === undefined) return;
      drafts.keep();
      edit(changesTo(next, sync.form(), drafts.of(id)));
    },
    typeNumber: (name, text) => {
      typed.value = { ...typed.value, [`${hpc.value}/${name}`]: text };
      edit({ [name]: readNumber(text) }, "soon");
    },
    keepDraft: () => {
      sync.flush();
      drafts.keep();
    },
    stop: () => {
      tool.stop();
      drafts.stop();
    },
  };
}

function quotaOf({ quotas, hpc, project }: Synced<Traits>, system: SystemSpec | undefined) {
  return quotas.value[`${hpc.value}/${project.value || system?.projects[0]}`];
}

/** @param kept what was typed for the system before; undefined where it is shown for the first time */
function changesTo(system: SystemSpec, form: Form, kept: Draft | undefined): Partial<Form> {
  const changes: Partial<Form> = { hpc: system.id, ...(kept ?? defaultDraft(system)) };
  for (const { name, default: standard } of kept ? [] : system.fields) {
    if ((name === "command" || name === "tool") && form[name] === "")
      changes[name] = String(standard);
  }
  return changes;
}
