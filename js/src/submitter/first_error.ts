/** The focus is owed to the first wrong field, as errors follow a click on Submit. */
import { effect, untracked } from "@preact/signals";
import type { Focus } from "../page/focus";
import { systemOf } from "./fields";
import type { FormSync } from "./form_sync";

/** Above the fields of the system, in the order of the form. */
const ABOVE = ["hpc", "project", "folder", "title"];

export interface FirstError {
  /** From now on: until it was paid, or a job was accepted. */
  owe(): void;
  /** Pay, where there are errors. */
  focus(): void;
  stop(): void;
}

export function createFirstError(
  traits: FormSync["traits"],
  focus: Focus,
  isOther: (name: string) => boolean,
): FirstError {
  const { errors, status } = traits;
  let isOwed = false;

  function pay() {
    const fields = systemOf(traits)?.fields ?? [];
    const order = [...ABOVE, ...fields.map(({ name }) => name)];
    const first = order.find((name) => errors.value[name]);
    if (!isOwed || first === undefined) return;
    isOwed = false;
    if (focus.isFree()) focus.to(isOther(first) ? `${first}-id` : first);
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
