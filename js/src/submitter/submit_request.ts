/** A submission on its way to Python: from the click until the status tells of it. */
import { effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import { newId } from "../kernel/id";
import { isRefused } from "../kernel/requests";
import type { Status } from "./contract";
import type { FormSync } from "./form_sync";

export const KERNEL_BUSY =
  "The kernel is busy. Your request waits there; nothing was sent yet as far as this page knows.";
/** Milliseconds that the status may lag behind the answer to Submit. */
const LAG = 2_000;

export interface SubmitRequest {
  /** "slow" when it takes long. */
  state: ReadonlySignal<"" | "pending" | "slow">;
  /** Hand over the form as it stands. Resolves with why Python would not, or null. */
  begin(kind: "submit" | "again"): Promise<string | null>;
  end(): void;
  stop(): void;
}

export function createSubmitRequest(sync: FormSync): SubmitRequest {
  const { status } = sync.traits;
  const state = signal<"" | "pending" | "slow">("");
  const stop = effect(() => {
    if (status.value.busy && untracked(() => state.value) === "slow") state.value = "pending";
  });
  return {
    state,
    begin: async (kind) => {
      sync.flush();
      state.value = "pending";
      const before = status.value;
      const answer = await sync.ask({ kind, id: newId(), form: sync.form() }, () => {
        if (!status.value.busy) state.value = "slow";
      });
      if (isRefused(answer)) return answer.message;
      // Messages overtake traits: the button stays shut until the status has arrived.
      await changed(status, (now) => now !== before && !isLookOf(before, now));
      return null;
    },
    end: () => {
      state.value = "";
    },
    stop,
  };
}

/** Whether a status still tells of the looks after an earlier submission, not of a new one. */
function isLookOf(before: Status, status: Status): boolean {
  return status.step === "reconciling" && status.record === before.record;
}

/** Resolves when the signal holds what is waited for, or after LAG. */
function changed<T>(watched: ReadonlySignal<T>, isIt: (value: T) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, LAG);
    const unsubscribe = watched.subscribe((value) => {
      if (!isIt(value)) return;
      clearTimeout(timer);
      resolve();
      queueMicrotask(() => unsubscribe());
    });
  });
}
