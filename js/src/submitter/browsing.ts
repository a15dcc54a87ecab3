/** The folder browser while it is open. */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { Listing } from "../contract";
import { newId } from "../kernel/id";
import type { Answer } from "./contract";
import type { FormSync } from "./form_sync";

const KERNEL_BUSY = "The kernel is busy. The folder is shown when it answers.";

export interface Browser {
  /** The folder that was asked for last. */
  path: string;
  /** What is shown: the last answer, or null before the first. */
  listing: Listing | null;
  loading: boolean;
  /** Why there is nothing new to show. */
  problem: string;
}

export interface Browsing {
  /** null while it is closed. */
  browser: ReadonlySignal<Browser | null>;
  /** Open it on a folder. */
  open(path: string): Promise<void>;
  close(): void;
}

export function createBrowsing(sync: FormSync): Browsing {
  const browser = signal<Browser | null>(null);
  let last = "";
  return {
    browser,
    open: async (path) => {
      const listing = browser.value?.listing ?? null;
      browser.value = { path, listing, loading: true, problem: "" };
      const id = newId();
      last = id;
      const isLast = () => last === id && browser.value !== null;
      const answer = await sync.ask({ kind: "browse", id, path }, () => {
        if (isLast() && browser.value) browser.value = { ...browser.value, problem: KERNEL_BUSY };
      });
      if (isLast()) browser.value = answered(path, listing, answer);
    },
    close: () => {
      browser.value = null;
    },
  };
}

/** @param before what was shown: it stays where there is nothing new */
function answered(path: string, before: Listing | null, answer: Answer): Browser {
  if (answer.kind === "listing")
    return {
      path,
      listing: answer.error ? before : answer,
      loading: false,
      problem: answer.error,
    };
  const problem = answer.kind === "reply" ? answer.message : "";
  return { path, listing: before, loading: false, problem };
}
