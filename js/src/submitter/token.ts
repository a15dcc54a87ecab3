/** An access token on its way to Python, where it is held in memory. */
import { type ReadonlySignal, signal } from "@preact/signals";
import { newId } from "../kernel/id";
import { isRefused } from "../kernel/requests";
import type { FormSync } from "./form_sync";

const KERNEL_BUSY = "The kernel is busy. The token waits there.";

export interface Token {
  /** What went wrong with the last one, or "". */
  tokenNotice: ReadonlySignal<string>;
  useToken(token: string): Promise<void>;
}

export function createToken(sync: FormSync): Token {
  const tokenNotice = signal("");
  return {
    tokenNotice,
    useToken: async (token) => {
      tokenNotice.value = "";
      const answer = await sync.ask({ kind: "token", id: newId(), token }, () => {
        tokenNotice.value = KERNEL_BUSY;
      });
      tokenNotice.value = isRefused(answer) ? answer.message : "";
    },
  };
}
