/** The tabs of a job's details: what one shows is asked for as it comes into sight. */
import { batch, type ReadonlySignal, signal } from "@preact/signals";
import type { Output } from "./output";
import type { Results } from "./results/results";

export type Tab = "overview" | "output" | "files" | "record";

export interface Tabs {
  tab: ReadonlySignal<Tab>;
  choose(tab: Tab): void;
  /** The details are in sight, again or for the first time. */
  show(): void;
  /** The details have come. */
  begin(): void;
  /** They are out of sight. */
  leave(): void;
}

export function createTabs(
  first: Tab,
  output: Pick<Output, "start" | "leave">,
  results: Pick<Results, "read">,
): Tabs {
  const tab = signal(first);
  let isShown = false;
  let hasBegun = false;

  function start() {
    if (tab.value === "output") output.start();
    if (tab.value === "files") results.read();
  }

  function stop() {
    if (tab.value === "output") output.leave();
  }

  return {
    tab,
    choose: (next) => {
      if (next === tab.value) return;
      batch(() => {
        stop();
        tab.value = next;
      });
      if (hasBegun) start(); // else it begins as the answer comes
    },
    show: () => {
      isShown = true;
    },
    begin: () => {
      hasBegun = true;
      if (isShown) start();
    },
    leave: () => {
      isShown = false;
      stop();
    },
  };
}
