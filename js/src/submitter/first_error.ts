/** The focus is owed to the first wrong field, as errors follow a click on Submit. */
import { effect, type ReadonlySignal, untracked } from "@preact/signals";
import type { FieldName } from "../contract";
import type { Focus } from "../page/focus";
import type { FormSync } from "./form_sync";

/** In the order of the form. */
const ORDER: readonly FieldName[] = [
  "hpc",
  "project",
  "folder",
  "title",
  "command",
  "tool",
  "init_file",
  "node_number",
  "core_number",
  "runtime",
];

export interface FirstError {
  /** From now on: until it was paid, or a job was accepted. */
  owe(): void;
  /** Pay, where there are errors. */
  focus(): void;
  stop(): void;
}

export function createFirstError(
  { errors, status }: FormSync["traits"],
  focus: Focus,
  isOtherTool: ReadonlySignal<boolean>,
): FirstError {
  let isOwed = false;

  function pay() {
    const first = ORDER.find((name) => errors.value[name]);
    if (!isOwed || first === undefined) return;
    isOwed = false;
    if (focus.isFree()) focus.to(first === "tool" && isOtherTool.value ? "tool-id" : first);
  }

  const stopErrors = effect(() => {
    // After the rendering of what has changed.
    if (Object.keys(errors.value).length > 0) untracked(() => setTimeout(pay));
  });
  const stopStatus = effect(() => {
    if (status.value.outcome === "accepted") isOwed = false;
  });
  return {
    owe: () => {
      isOwed = true;
    },
    focus: pay,
    stop: () => {
      stopErrors();
      stopStatus();
    },
  };
}
