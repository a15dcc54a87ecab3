/** The job whose details are shown. */
import { batch, type ReadonlySignal, signal } from "@preact/signals";
import { newId } from "../kernel/id";
import { BUSY_ASKED } from "../kernel/liveness";
import type { Surface } from "../page/surface";
import type { Details, JobRow, Message } from "./contract";
import type { MonitorSync } from "./monitor_sync";
import { createOutput, type Output } from "./output";
import { createResults, type Results } from "./results";

export type Tab = "overview" | "output" | "files" | "record";

export interface OpenJob {
  key: string;
  /** null until Python has told. */
  details: ReadonlySignal<Details | null>;
  tab: ReadonlySignal<Tab>;
  output: Output;
  results: Results;
  /** What there is to say about a request: what went wrong, or what is known afterwards. */
  notice: ReadonlySignal<{ words: string; isBad: boolean }>;
  /** A cancel or a delete is under way. */
  isEnding: ReadonlySignal<boolean>;
  chooseTab(tab: Tab): void;
  /** Cancel or delete it: only on the user's word. `unread`: as the question said. */
  end(what: "cancel" | "delete", unread: boolean): Promise<void>;
  take(message: Message): void;
  /** It is shown, again or for the first time. */
  open(): Promise<void>;
  leave(): void;
}

/** Why there are no details at all, or "". */
function errorOf(answer: Message): string {
  return answer.kind === "details" && !answer.view.job_id ? answer.error : "";
}

const QUIET = { words: "", isBad: false };

/** @param row what the table knows of it: a job that failed begins with what it printed */
export function createOpenJob(
  sync: MonitorSync,
  { announce }: Surface,
  key: string,
  row: JobRow | undefined,
): OpenJob {
  const isFailed = row?.outcome === "failed";
  const details = signal<Details | null>(null);
  const tab = signal<Tab>(isFailed ? "output" : "overview");
  const notice = signal(QUIET);
  const isEnding = signal(false);
  const output = createOutput(sync, key, isFailed ? "stderr" : "stdout");
  const results = createResults(sync, key, announce);
  let isShown = false;
  let isOpen = false;

  async function open() {
    isShown = true;
    const answer = await sync.ask({ kind: "open", id: newId(), key }, () => {
      notice.value = { words: BUSY_ASKED, isBad: true };
    });
    notice.value = QUIET;
    const problem = answer.kind === "reply" ? answer.message : errorOf(answer);
    if (problem) notice.value = { words: problem, isBad: true };
    else take(answer);
    isOpen = true;
    if (isShown) begin();
  }

  /** What the tab shows is asked for as it comes into sight. */
  function begin() {
    if (tab.value === "output") output.start();
    if (tab.value === "files") results.read();
  }

  function take(message: Message) {
    output.take(message);
    results.take(message);
    if (message.kind !== "details" || message.key !== key) return;
    const wasOver = details.value?.view.outcome;
    details.value = message;
    // The list of files changes as a job ends.
    if (wasOver === "" && message.view.outcome && results.files.value) results.read();
  }

  function chooseTab(next: Tab) {
    if (next === tab.value) return;
    batch(() => {
      if (tab.value === "output") output.leave();
      tab.value = next;
    });
    if (isOpen) begin(); // else it begins as the answer comes
  }

  async function end(what: "cancel" | "delete", unread: boolean) {
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
  }

  return {
    key,
    details,
    tab,
    output,
    results,
    notice,
    isEnding,
    chooseTab,
    end,
    take,
    open,
    leave: () => {
      isShown = false;
      if (tab.value === "output") output.leave();
    },
  };
}
