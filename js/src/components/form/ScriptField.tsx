import type { FieldSpec } from "../../contract";
import { usePanel } from "../../submitter/panel";
import { Help } from "../parts/Help";
import { AS_TYPED } from "../parts/Search";
import { Field } from "./Field";

export function ScriptField({ field }: { field: FieldSpec }) {
  const { fieldValue, set, flush } = usePanel();
  return (
    <Field
      name={field.name}
      label={field.label}
      span={12}
      hint={field.help && <Help text={field.help} />}
    >
      {(control) => (
        <textarea
          {...control}
          rows={3}
          {...AS_TYPED}
          placeholder={field.example}
          value={String(fieldValue(field))}
          onInput={(event) => set(field.name, event.currentTarget.value, "soon")}
          onBlur={flush}
        />
      )}
    </Field>
  );
}
