import type { FieldSpec } from "../../contract";
import { usePanel } from "../../submitter/panel";
import { readNumber, writeHours } from "../../text/quantities";
import { Field } from "./Field";

/** A text input, so that what is no number travels to Python, too, and is explained there. */
export function NumberField({ field }: { field: FieldSpec }) {
  const panel = usePanel();
  const { name } = field;
  const value = panel.fieldValue(field);
  const typed = panel.typed.value[`${panel.traits.hpc.value}/${name}`];
  const written =
    typeof value === "number" && field.kind === "number" ? writeHours(value) : `${value}`;
  const text = typed !== undefined && readNumber(typed) === value ? typed : written;
  const unit = field.unit && panel.id(`${name}-unit`);
  return (
    <Field name={name} label={field.label} span={3} hint={field.help}>
      {(control) => {
        const described = [unit, control["aria-describedby"]].filter(Boolean).join(" ");
        return (
          <div class={unit ? "b-unit" : ""}>
            <input
              {...control}
              {...(described ? { "aria-describedby": described } : {})}
              type="text"
              inputmode={field.kind === "integer" ? "numeric" : "decimal"}
              autocomplete="off"
              placeholder={field.example}
              value={text}
              onInput={(event) => panel.typeNumber(name, event.currentTarget.value)}
              onBlur={panel.flush}
            />
            {unit && <span id={unit}>{field.unit}</span>}
          </div>
        );
      }}
    </Field>
  );
}
