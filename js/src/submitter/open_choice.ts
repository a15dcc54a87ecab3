/** Whether the value of a choice is one of those known by name, or another one, as it was typed. */
import { computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { FieldSpec, Value } from "../contract";
import type { Form } from "./contract";

export interface OpenChoice {
  /** "Other…" was chosen. */
  isOther: Signal<boolean>;
  /** What was typed there. */
  otherId: Signal<string>;
  /** This view sets the value: any other one comes from Python, or another view. */
  own(value: Value | undefined): void;
  stop(): void;
}

export function createOpenChoice(value: ReadonlySignal<Value>): OpenChoice {
  const isOther = signal(false);
  let ours = value.peek();
  const stop = effect(() => {
    if (value.value === ours) return;
    ours = value.value;
    isOther.value = false;
  });
  return {
    isOther,
    otherId: signal(""),
    own: (next) => {
      ours = next ?? ours;
    },
    stop,
  };
}

export interface OpenChoices {
  of(field: FieldSpec): OpenChoice;
  isOther(name: string): boolean;
  /** This view makes these changes. */
  own(changes: Partial<Form>): void;
  stop(): void;
}

/** One for each field that is shown as a choice, by its name. */
export function createOpenChoices(value: (field: FieldSpec) => Value): OpenChoices {
  const choices = new Map<string, OpenChoice>();
  return {
    of: (field: FieldSpec) => {
      const known = choices.get(field.name) ?? createOpenChoice(computed(() => value(field)));
      choices.set(field.name, known);
      return known;
    },
    isOther: (name: string) => choices.get(name)?.isOther.value ?? false,
    own: (changes: Partial<Form>) => {
      const all: Readonly<Record<string, unknown>> = { ...changes.options, ...changes };
      for (const [name, choice] of choices) choice.own(all[name] as Value | undefined);
    },
    stop: () => {
      for (const choice of choices.values()) choice.stop();
    },
  };
}
