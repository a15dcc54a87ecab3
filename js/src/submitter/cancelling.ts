/** The click on Cancel, until Python has taken it. */
import { effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { newId } from "../kernel/id";
import { isRefused } from "../kernel/requests";
import type { FormSync } from "./form_sync";

const KERNEL_BUSY = "The kernel is busy. It has not taken the cancel yet.";

export interface Cancelling {
  cancelling: ReadonlySignal<boolean>;
  cancel(): Promise<void>;
  stop(): void;
}

/** @param notice where it is said what went wrong */
export function createCancelling(sync: FormSync, notice: Signal<string>): Cancelling {
  const cancelling = signal(false);
  const stop = effect(() => {
    if (!sync.traits.status.value.busy) cancelling.value = false;
  });

  async function cancel() {
    if (cancelling.value) return;
    cancelling.value = true;
    const answer = await sync.ask({ kind: "cancel", id: newId() }, () => {
      notice.value = KERNEL_BUSY;
    });
    if (!isRefused(answer)) return;
    notice.value = answer.message;
    cancelling.value = false;
  }

  return { cancelling, cancel, stop };
}
