import type { FieldSpec } from "../../contract";
import { BooleanField } from "./BooleanField";
import { ChoiceField } from "./ChoiceField";
import { NumberField } from "./NumberField";
import { ScriptField } from "./ScriptField";
import { TextField } from "./TextField";

const INPUTS = {
  text: TextField,
  path: TextField,
  script: ScriptField,
  choice: ChoiceField,
  integer: NumberField,
  number: NumberField,
  boolean: BooleanField,
} as const satisfies Record<FieldSpec["kind"], unknown>;

/** The input for a field of the system, by its kind. */
export function SystemField({ field }: { field: FieldSpec }) {
  const Input = INPUTS[field.kind];
  return <Input field={field} />;
}
