/** Whether the value of a choice is one of those known by name, or another one, as it was typed. */
import { effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Value } from "../contract";

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
