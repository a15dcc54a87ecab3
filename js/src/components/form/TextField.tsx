import { usePanel } from "../../submitter/panel";
import { Field } from "./Field";

interface Props {
  name: "title" | "init_file";
  span: 4 | 6;
}

/** One line of text; absent where the system has no such field. */
export function TextField({ name, span }: Props) {
  const panel = usePanel();
  const spec = panel.system.value?.fields.find((field) => field.name === name);
  if (!spec) return null;
  return (
    <Field name={name} label={spec.label} span={span} hint={spec.help}>
      {(control) => (
        <input
          {...control}
          type="text"
          dir="auto"
          autocomplete="off"
          spellcheck={name === "title"}
          value={panel.traits[name].value}
          onInput={(event) => panel.edit({ [name]: event.currentTarget.value }, "soon")}
          onBlur={panel.flush}
        />
      )}
    </Field>
  );
}
