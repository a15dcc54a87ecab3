import type { ComponentChildren } from "preact";
import { usePanel } from "../../submitter/panel";

/** To be put on the control, so that its label, hints and errors belong to it. */
export interface Control {
  id: string;
  "aria-invalid"?: true;
  "aria-describedby"?: string;
}

interface Props {
  name: string;
  label: string;
  /** Twelfths of the width. */
  span: 3 | 4 | 6 | 8 | 12;
  hint?: ComponentChildren;
  /** Beside the hint. */
  aside?: ComponentChildren;
  children: (control: Control) => ComponentChildren;
}

/** A label, its control, and below it what there is to say: hint, error, warning. */
export function Field({ name, label, span, hint, aside, children }: Props) {
  const { traits, id } = usePanel();
  const error = traits.errors.value[name];
  const warning = traits.warnings.value[name];
  const control: Control = { id: id(name) };
  const words = [error && "error", warning && "warning", hint && "hint"].filter(Boolean);
  if (error) control["aria-invalid"] = true;
  if (words.length)
    control["aria-describedby"] = words.map((word) => id(`${name}-${word}`)).join(" ");
  return (
    <div class={`b-field b-span${span}${error ? " b-bad" : ""}`}>
      <label for={control.id}>{label}</label>
      {children(control)}
      {error && (
        <p class="b-msg" id={id(`${name}-error`)}>
          ▲ {error}
        </p>
      )}
      {warning && (
        <p class="b-warning" id={id(`${name}-warning`)}>
          △ {warning}
        </p>
      )}
      <div class="b-row b-beside">
        {hint && (
          <div class="b-hint b-grow" id={id(`${name}-hint`)}>
            {hint}
          </div>
        )}
        {aside}
      </div>
    </div>
  );
}
