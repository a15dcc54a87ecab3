import { usePanel } from "../../submitter/panel";
import { Help } from "../parts/Help";
import { AS_TYPED } from "../parts/Search";
import { Field } from "./Field";

export function CommandField() {
  const panel = usePanel();
  const spec = panel.system.value?.fields.find((field) => field.name === "command");
  if (!spec) return null;
  return (
    <Field
      name="command"
      label={spec.label}
      span={12}
      hint={spec.help && <Help text={spec.help} />}
    >
      {(control) => (
        <textarea
          {...control}
          rows={3}
          {...AS_TYPED}
          placeholder={spec.example}
          value={panel.traits.command.value}
          onInput={(event) => panel.edit({ command: event.currentTarget.value }, "soon")}
          onBlur={panel.flush}
        />
      )}
    </Field>
  );
}
