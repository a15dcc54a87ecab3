/** The form as the user changes it: system by system, with numbers as they were typed. */
import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { FieldSpec, Quotas, SystemSpec, Value } from "../contract";
import type { Synced } from "../kernel/traits";
import { readNumber } from "../text/quantities";
import type { Form, SubmitterTraits } from "./contract";
import { createDrafts, type Draft, defaultDraft } from "./drafts";
import { fieldsFor, fieldValue, isNamed, isNumber, systemOf } from "./fields";
import type { FormSync } from "./form_sync";
import { createOpenChoices, type OpenChoice, type OpenChoices } from "./open_choice";

export interface FormEditing {
  system: ReadonlySignal<SystemSpec | undefined>;
  /** The fields of the system, for the tool that is chosen. */
  fields: ReadonlySignal<FieldSpec[]>;
  /** What is left of the chosen project's hours; undefined where that is not known. */
  quota: ReadonlySignal<Quotas[string] | undefined>;
  /** Numbers as typed ("2.0" is not "2" to the one who types), by "system/field". */
  typed: ReadonlySignal<Readonly<Record<string, string>>>;
  fieldValue(field: FieldSpec): Value;
  openChoice(field: FieldSpec): OpenChoice;
  /** Whether "Other…" was chosen in the field of this name. */
  isOther(name: string): boolean;
  edit(changes: Partial<Form>, when?: "now" | "soon"): void;
  /** Set the value of a field of the system. */
  set(name: string, value: Value, when?: "now" | "soon"): void;
  flush(): void;
  chooseSystem(hpc: string): void;
  typeNumber(name: string, text: string): void;
  /** What was typed comes before what replaces it. */
  keepDraft(): void;
}

export function createFormEditing(sync: FormSync): FormEditing & { stop(): void } {
  const { hpc, systems, tool } = sync.traits;
  const typed = signal<Readonly<Record<string, string>>>({});
  const drafts = createDrafts(sync);
  const system = computed(() => systemOf(sync.traits));
  const value = (field: FieldSpec) => fieldValue((name) => sync.traits[name].value, field);
  const open = createOpenChoices(value);
  const { edit, set } = createEdit(sync, open);

  return {
    system,
    fields: computed(() => fieldsFor(system.value, tool.value)),
    quota: computed(() => quotaOf(sync.traits, system.value)),
    typed,
    fieldValue: value,
    ...{ openChoice: open.of, isOther: open.isOther },
    edit,
    set,
    flush: sync.flush,
    chooseSystem: (id) => {
      const next = systems.value.find((one) => one.id === id);
      if (id === hpc.value || next === undefined) return;
      drafts.keep();
      edit(changesTo(next, sync.form(), drafts.of(id)));
    },
    typeNumber: (name, text) => {
      typed.value = { ...typed.value, [`${hpc.value}/${name}`]: text };
      set(name, readNumber(text), "soon");
    },
    keepDraft: () => {
      sync.flush();
      drafts.keep();
    },
    stop: () => {
      open.stop();
      drafts.stop();
    },
  };
}

function createEdit(sync: FormSync, open: OpenChoices): Pick<FormEditing, "edit" | "set"> {
  const { options } = sync.traits;
  const edit: FormEditing["edit"] = (changes, when = "now") => {
    open.own(changes);
    sync.edit(changes, when);
  };
  return {
    edit,
    set: (name, value, when) => {
      const changes = { [name]: value };
      edit(isNamed(name) ? changes : { options: { ...options.value, ...changes } }, when);
    },
  };
}

function quotaOf(
  { quotas, hpc, project }: Synced<SubmitterTraits>,
  system: SystemSpec | undefined,
) {
  return quotas.value[`${hpc.value}/${project.value || system?.projects[0]}`];
}

/** @param kept what was typed for the system before; undefined where it is shown for the first time */
function changesTo(system: SystemSpec, form: Form, kept: Draft | undefined): Partial<Form> {
  const changes = { hpc: system.id, ...(kept ?? defaultDraft(system)) };
  const empty = (kept ? [] : system.fields).filter(
    (field) => isNamed(field.name) && !isNumber(field) && form[field.name] === "",
  );
  return { ...changes, ...Object.fromEntries(empty.map((field) => [field.name, field.default])) };
}
