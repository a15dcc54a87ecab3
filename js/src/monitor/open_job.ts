/** The job whose details are shown. */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { Surface } from "../page/surface";
import type { Details, JobRow, Message } from "./contract";
import { createDetails } from "./details";
import { createEnding, type Ending } from "./ending";
import type { MonitorSync } from "./monitor_sync";
import { type Notice, QUIET } from "./notice";
import { createOutput, type Output } from "./output";
import { createResults, type Results } from "./results/results";
import { createTabs, type Tab } from "./tabs";

export interface OpenJob extends Ending {
  key: string;
  /** null until Python has told. */
  details: ReadonlySignal<Details | null>;
  tab: ReadonlySignal<Tab>;
  output: Output;
  results: Results;
  notice: ReadonlySignal<Notice>;
  chooseTab(tab: Tab): void;
  take(message: Message): void;
  /** It is shown, again or for the first time. */
  open(): Promise<void>;
  leave(): void;
}

/** @param row what the table knows of it: a job that failed begins with what it printed */
export function createOpenJob(
  sync: MonitorSync,
  { announce }: Surface,
  key: string,
  row: JobRow | undefined,
): OpenJob {
  const isFailed = row?.outcome === "failed";
  const output = createOutput(sync, key, isFailed ? "stderr" : "stdout");
  const results = createResults(sync, key, announce);
  const notice = signal(QUIET);
  const tabs = createTabs(isFailed ? "output" : "overview", output, results);
  const { details, ask, takeDetails } = createDetails(sync, key, notice, () => {
    // The list of files changes as a job ends.
    if (results.files.value) results.read();
  });

  function take(message: Message) {
    output.take(message);
    results.take(message);
    takeDetails(message);
  }

  return {
    ...{ key, details, output, results, notice, take },
    tab: tabs.tab,
    chooseTab: tabs.choose,
    ...createEnding(sync, key, notice, announce),
    open: async () => {
      tabs.show();
      const answer = await ask();
      if (answer) take(answer);
      tabs.begin();
    },
    leave: tabs.leave,
  };
}
