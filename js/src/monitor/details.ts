/** A job's details, as Python tells them: once asked for, then whenever they change. */
import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { newId } from "../kernel/id";
import { BUSY_ASKED } from "../kernel/liveness";
import type { Details, Message } from "./contract";
import type { MonitorSync } from "./monitor_sync";
import { type Notice, QUIET } from "./notice";

export interface DetailsRequest {
  /** null until Python has told. */
  details: ReadonlySignal<Details | null>;
  /** Resolves with the answer; null where there are no details at all. */
  ask(): Promise<Message | null>;
  takeDetails(message: Message): void;
}

/**
 * @param notice where it is said what went wrong
 * @param onEnd called as the job ends
 */
export function createDetails(
  sync: MonitorSync,
  key: string,
  notice: Signal<Notice>,
  onEnd: () => void,
): DetailsRequest {
  const details = signal<Details | null>(null);
  return {
    details,
    ask: async () => {
      const answer = await sync.ask({ kind: "open", id: newId(), key }, () => {
        notice.value = { words: BUSY_ASKED, isBad: true };
      });
      const problem = problemOf(answer);
      notice.value = problem ? { words: problem, isBad: true } : QUIET;
      return problem ? null : answer;
    },
    takeDetails: (message) => {
      if (message.kind !== "details" || message.key !== key) return;
      const wasOver = details.value?.view.outcome;
      details.value = message;
      if (wasOver === "" && message.view.outcome) onEnd();
    },
  };
}

/** Why there are no details at all, or "". */
function problemOf(answer: Message): string {
  if (answer.kind === "reply") return answer.message;
  return answer.kind === "details" && !answer.view.job_id ? answer.error : "";
}
