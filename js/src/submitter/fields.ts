/** The fields of the form's system, and their values: traits of their own, or in `options`. */
import type { FieldSpec, SystemSpec, Value } from "../contract";
import type { Synced } from "../kernel/traits";
import type { Form, SubmitterTraits } from "./contract";
import { FORM_NAMES } from "./form_sync";

export function systemOf({ hpc, systems }: Synced<SubmitterTraits>): SystemSpec | undefined {
  return systems.value.find(({ id }) => id === hpc.value);
}

/** The fields that the system has for this tool, in the order of the form. */
export function fieldsFor(system: SystemSpec | undefined, tool: string): FieldSpec[] {
  const fields = system?.fields ?? [];
  return fields.filter(({ tools }) => tools.length === 0 || tools.includes(tool.trim()));
}

/** Whether the field is a trait of its own. */
export function isNamed(name: string): name is keyof Form {
  return (FORM_NAMES as readonly string[]).includes(name);
}

export function isNumber({ kind }: FieldSpec): boolean {
  return kind === "integer" || kind === "number";
}

/** @param read the form's value by name */
export function fieldValue(
  read: <K extends keyof Form>(name: K) => Form[K],
  field: FieldSpec,
): Value {
  if (isNamed(field.name)) return read(field.name) as Value;
  return read("options")[field.name] ?? field.default;
}
