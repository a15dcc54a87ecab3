/** What can be done about a submission: send it, send it again, cancel it. */
import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { Surface } from "../page/surface";
import { createCancelling } from "./cancelling";
import type { FirstError } from "./first_error";
import type { FormSync } from "./form_sync";
import { createSubmitRequest } from "./submit_request";

export interface Submission {
  /** A kernel listens, and nothing is under way: Submit may be clicked. */
  ready: ReadonlySignal<boolean>;
  /** A submission is, or is being handed to the kernel. */
  underWay: ReadonlySignal<boolean>;
  /** From the click on Submit until Python has taken over; "slow" when that takes long. */
  handingOver: ReadonlySignal<"" | "pending" | "slow">;
  cancelling: ReadonlySignal<boolean>;
  /** One line: what went wrong with a request. */
  footNotice: ReadonlySignal<string>;
  /** @param kind "again" although the same was sent before: only on the user's word */
  submit(kind?: "submit" | "again"): Promise<void>;
  cancel(): Promise<void>;
}

export function createSubmission(
  sync: FormSync,
  { isShut, codeToCopy }: Surface,
  errors: FirstError,
): Submission & { stop(): void } {
  const { status } = sync.traits;
  const footNotice = signal("");
  const submitRequest = createSubmitRequest(sync);
  const { cancelling, cancel, stop } = createCancelling(sync, footNotice);
  const underWay = computed(() => status.value.busy || submitRequest.state.value !== "");
  const ready = computed(() => !isShut.value && !underWay.value);
  const stopBusy = effect(() => {
    if (status.value.busy) footNotice.value = "";
  });
  return {
    ready,
    underWay,
    handingOver: submitRequest.state,
    cancelling,
    footNotice,
    submit: async (kind = "submit") => {
      if (!ready.value) return;
      footNotice.value = "";
      codeToCopy.value = "";
      errors.owe();
      const refusal = await submitRequest.begin(kind);
      if (refusal !== null) footNotice.value = refusal;
      errors.focus();
      submitRequest.end();
    },
    cancel,
    stop: () => {
      stopBusy();
      submitRequest.stop();
      stop();
    },
  };
}
