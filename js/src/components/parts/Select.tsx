import type { ComponentChildren } from "preact";

/** Values with the words that are shown for them. */
export type Choices = readonly (readonly [value: string, words: string])[];

interface Props {
  label: string;
  value: string;
  choices: Choices;
  disabled?: boolean;
  class?: string;
  onChoose: (value: string) => void;
  /** Further choices. */
  children?: ComponentChildren;
}

/** A select without a label beside it. */
export function Select({ label, choices, onChoose, children, ...rest }: Props) {
  return (
    <select {...rest} aria-label={label} onChange={(event) => onChoose(event.currentTarget.value)}>
      <Options choices={choices} />
      {children}
    </select>
  );
}

export function Options({ choices }: { choices: Choices }) {
  return (
    <>
      {choices.map(([value, words]) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </>
  );
}
