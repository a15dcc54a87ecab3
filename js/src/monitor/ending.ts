/** A job is cancelled or deleted: only on the user's word. */
import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { newId } from "../kernel/id";
import { BUSY_ASKED } from "../kernel/liveness";
import type { MonitorSync } from "./monitor_sync";
import { type Notice, QUIET } from "./notice";

export interface Ending {
  /** A cancel or a delete is under way. */
  isEnding: ReadonlySignal<boolean>;
  /** @param unread as the question said */
  end(what: "cancel" | "delete", unread: boolean): Promise<void>;
}

/** @param notice where it is said what became of it; @param announce says words aloud, once */
export function createEnding(
  sync: MonitorSync,
  key: string,
  notice: Signal<Notice>,
  announce: (words: string) => void,
): Ending {
  const isEnding = signal(false);
  return {
    isEnding,
    end: async (what, unread) => {
      if (isEnding.value) return;
      isEnding.value = true;
      notice.value = QUIET;
      const answer = await sync.ask({ kind: "end", id: newId(), key, what, unread }, () => {
        notice.value = { words: BUSY_ASKED, isBad: true };
      });
      isEnding.value = false;
      if (answer.kind !== "reply") return;
      notice.value = { words: answer.message, isBad: !answer.ok };
      if (answer.ok) announce(answer.message);
    },
  };
}
