import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { FieldSpec } from "../../contract";
import { usePanel } from "../../submitter/panel";
import { AS_TYPED } from "../parts/Search";
import { type Control, Field } from "./Field";

const OTHER = "\u2026other";

/** The values known by name; where the field is open, any other one can be typed. */
export function ChoiceField({ field }: { field: FieldSpec }) {
  const panel = usePanel();
  const { isOther, otherId } = panel.openChoice(field);
  /** "Other…" was chosen just now. */
  const chosen = useRef(false);
  const value = String(panel.fieldValue(field));
  const isKnown = field.choices.some(({ id }) => id === value);
  const other = field.is_open && (isOther.value || (value !== "" && !isKnown));

  const choose = (next: string) => {
    chosen.current = next === OTHER;
    isOther.value = chosen.current;
    if (other && next !== OTHER) otherId.value = value;
    panel.set(field.name, next === OTHER ? otherId.value : next);
  };
  return (
    <Field name={field.name} label={field.label} span={6} hint={field.help}>
      {(control) => (
        <>
          <select
            {...control}
            value={other ? OTHER : value}
            onChange={(event) => choose(event.currentTarget.value)}
          >
            {!other && <Unlisted field={field} value={isKnown ? undefined : value} />}
            {field.choices.map(({ id, label }) => (
              <option key={id} value={id}>
                {label === id ? id : `${label} (${id})`}
              </option>
            ))}
            {field.is_open && <option value={OTHER}>Other…</option>}
          </select>
          {other && <OtherValue field={field} control={control} chosen={chosen} />}
        </>
      )}
    </Field>
  );
}

/** No value, and one that is not in the list. */
function Unlisted({ field, value }: { field: FieldSpec; value: string | undefined }) {
  return (
    <>
      {value && <option value={value}>{value}</option>}
      {(value === "" || field.is_optional) && (
        <option value="">{field.is_optional ? "—" : `Choose a ${nounOf(field)}…`}</option>
      )}
    </>
  );
}

const nounOf = ({ label }: FieldSpec) => label.toLowerCase();

interface OtherProps {
  field: FieldSpec;
  control: Control;
  chosen: RefObject<boolean>;
}

/** Gets the focus where the user asked for it. */
function OtherValue({ field, control, chosen }: OtherProps) {
  const panel = usePanel();
  const text = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (chosen.current) text.current?.focus();
    chosen.current = false;
  }, [chosen]);
  return (
    <input
      {...control}
      ref={text}
      id={panel.id(`${field.name}-id`)}
      class="b-mono"
      type="text"
      aria-label={`${field.label} id`}
      placeholder={`Id of the ${nounOf(field)}, e.g. ${field.default || field.choices[0]?.id}`}
      {...AS_TYPED}
      value={String(panel.fieldValue(field))}
      onInput={(event) => {
        panel.openChoice(field).isOther.value = true;
        panel.set(field.name, event.currentTarget.value, "soon");
      }}
      onBlur={panel.flush}
    />
  );
}
