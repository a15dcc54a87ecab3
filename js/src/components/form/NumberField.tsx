import type { NumberName } from "../../submitter/form_editing";
import { usePanel } from "../../submitter/panel";
import { readNumber, writeHours } from "../../text/quantities";
import { Field } from "./Field";

/** A text input, so that what is no number travels to Python, too, and is explained there. */
export function NumberField({ name }: { name: NumberName }) {
  const panel = usePanel();
  const spec = panel.system.value?.fields.find((field) => field.name === name);
  if (!spec) return null;
  const value = panel.traits[name].value;
  const typed = panel.typed.value[`${panel.traits.hpc.value}/${name}`];
  const written =
    typeof value === "number" && spec.kind === "hours" ? writeHours(value) : `${value}`;
  const text = typed !== undefined && readNumber(typed) === value ? typed : written;
  const unit = spec.unit && panel.id(`${name}-unit`);
  return (
    <Field name={name} label={spec.label} span={3} hint={spec.help}>
      {(control) => {
        const described = [unit, control["aria-describedby"]].filter(Boolean).join(" ");
        return (
          <div class={unit ? "b-unit" : ""}>
            <input
              {...control}
              {...(described ? { "aria-describedby": described } : {})}
              type="text"
              inputmode={spec.kind === "integer" ? "numeric" : "decimal"}
              autocomplete="off"
              value={text}
              onInput={(event) => panel.typeNumber(name, event.currentTarget.value)}
              onBlur={panel.flush}
            />
            {unit && <span id={unit}>{spec.unit}</span>}
          </div>
        );
      }}
    </Field>
  );
}
