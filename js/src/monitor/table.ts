/** What the table shows of all jobs. */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { JobRows } from "./job_rows";
import type { MonitorSync } from "./monitor_sync";
import { type Column, type Entry, entryOf, matching, type Order, sorted } from "./rows";

export interface Table {
  /** All that is known; of a saved notebook the newest. */
  all: ReadonlySignal<readonly Entry[]>;
  /** Filtered, and in order. */
  shown: ReadonlySignal<readonly Entry[]>;
  projects: ReadonlySignal<readonly string[]>;
  stages: ReadonlySignal<readonly string[]>;
  text: Signal<string>;
  show: Signal<string>;
  order: Signal<Order>;
  /** By this column; once more: the other way round. */
  sortBy(column: Column): void;
  /** Nothing is filtered out any more. */
  showAll(): void;
}

/** The way round that is asked for first. */
const FIRST_DOWN: readonly Column[] = ["submitted", "runtime"];

export function createTable(
  sync: MonitorSync,
  jobs: JobRows,
  isLive: ReadonlySignal<boolean>,
): Table {
  const { hpc, project, saved } = sync.traits;
  const text = signal("");
  const show = signal("");
  const order = signal<Order>({ column: "submitted", isDown: true });

  const remembered = computed(() => saved.value.rows.map(entryOf));
  const all = computed(() => jobs.entries.value ?? remembered.value);
  const ordered = computed(() => sorted(all.value, order.value));
  const shown = computed(() => {
    const wanted = { text: text.value, hpc: hpc.value, project: project.value, show: show.value };
    return matching(ordered.value, wanted);
  });
  const projects = computed(() => {
    const ofSystem = all.value.filter(({ row }) => !hpc.value || row.hpc === hpc.value);
    return names([...ofSystem.map(({ row }) => row.project), project.value]);
  });
  const stages = computed(() => names(all.value.map(({ row }) => row.stage)));

  return {
    ...{ all, shown, projects, stages, text, show, order },
    sortBy: (column) => {
      const { column: before, isDown } = order.value;
      const first = FIRST_DOWN.includes(column);
      order.value = { column, isDown: column === before ? !isDown : first };
    },
    showAll: () => {
      text.value = "";
      show.value = "";
      if (isLive.value) sync.edit({ hpc: "", project: "" });
    },
  };
}

function names(all: readonly string[]): string[] {
  return [...new Set(all)].filter(Boolean).sort();
}
