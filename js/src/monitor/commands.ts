/** What the user asks of Python for all jobs. */
import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { newId } from "../kernel/id";
import { BUSY_ASKED } from "../kernel/liveness";
import { isRefused } from "../kernel/requests";
import type { Request } from "./contract";
import type { MonitorSync } from "./monitor_sync";

export interface Commands {
  /** One line: what went wrong with a refresh, and with a token. */
  notice: ReadonlySignal<string>;
  tokenNotice: ReadonlySignal<string>;
  isRefreshing: ReadonlySignal<boolean>;
  refresh(): Promise<void>;
  /** Drop the rows, where their service has gone. */
  forget(): Promise<void>;
  useToken(token: string): Promise<void>;
}

export function createCommands(sync: MonitorSync): Commands {
  const notice = signal("");
  const tokenNotice = signal("");
  const isRefreshing = signal(false);

  async function ask(request: Request, words: Signal<string>): Promise<void> {
    words.value = "";
    const answer = await sync.ask(request, () => {
      words.value = BUSY_ASKED;
    });
    words.value = isRefused(answer) ? answer.message : "";
  }

  return {
    notice,
    tokenNotice,
    isRefreshing,
    refresh: async () => {
      if (isRefreshing.value) return;
      isRefreshing.value = true;
      await ask({ kind: "refresh", id: newId() }, notice);
      isRefreshing.value = false;
    },
    forget: () => ask({ kind: "forget", id: newId() }, notice),
    useToken: (token) => ask({ kind: "token", id: newId(), token }, tokenNotice),
  };
}
