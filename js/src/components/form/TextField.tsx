import type { FieldSpec } from "../../contract";
import { usePanel } from "../../submitter/panel";
import { Field } from "./Field";

/** One line of text. */
export function TextField({ field, span = 6 }: { field: FieldSpec; span?: 4 | 6 }) {
  const { fieldValue, set, flush } = usePanel();
  return (
    <Field name={field.name} label={field.label} span={span} hint={field.help}>
      {(control) => (
        <input
          {...control}
          type="text"
          dir="auto"
          autocomplete="off"
          spellcheck={field.kind === "text"}
          placeholder={field.example}
          value={String(fieldValue(field))}
          onInput={(event) => set(field.name, event.currentTarget.value, "soon")}
          onBlur={flush}
        />
      )}
    </Field>
  );
}
