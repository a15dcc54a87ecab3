import type { FieldSpec } from "../../contract";
import { usePanel } from "../../submitter/panel";
import { Field } from "./Field";

export function BooleanField({ field }: { field: FieldSpec }) {
  const { fieldValue, set } = usePanel();
  return (
    <Field name={field.name} label={field.label} span={3} hint={field.help}>
      {(control) => (
        <div class="b-check">
          <input
            {...control}
            type="checkbox"
            checked={fieldValue(field) === true}
            onChange={(event) => set(field.name, event.currentTarget.checked)}
          />
        </div>
      )}
    </Field>
  );
}
