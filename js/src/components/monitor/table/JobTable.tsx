import { useSignal } from "@preact/signals";
import { useCallback, useLayoutEffect, useMemo } from "preact/hooks";
import { useMonitor } from "../../../monitor/monitor";
import type { Column } from "../../../monitor/rows";
import { useWindow } from "../../../page/windowed";
import { rememberRows } from "./JobTableRow";

/** Pixels of a row where the styles do not say (--b-row). */
const HEIGHT = 54;
/** Pixels of the head, as in table.css. */
const HEAD = 33;
/** Rows that are seen at once, at most. */
const SEEN = 8;
/** Drawn anew only after so many rows. */
const STEP = 4;

const COLUMNS: readonly { column: Column; label: string }[] = [
  { column: "title", label: "Title" },
  { column: "stage", label: "Stage" },
  { column: "submitted", label: "Submitted" },
  { column: "runtime", label: "Runtime" },
  { column: "outcome", label: "Outcome" },
];

/**
 * Draws only the rows that are seen, all of one height. The grid keeps the focus and names the
 * row that it is on: a row that had it would lose it when scrolled away.
 */
export function JobTable() {
  const monitor = useMonitor();
  const { table, traits } = monitor;
  const at = useSignal(traits.selected.peek());
  const rows = table.shown.value;
  const { box, height, first, last, onScroll, reveal, toTop } = useWindow<HTMLDivElement>({
    count: rows.length,
    seen: SEEN,
    height: HEIGHT,
    property: "--b-row",
    step: STEP,
  });
  const found = rows.findIndex(({ row }) => row.key === at.value);
  const current = found < 0 ? 0 : found;

  useLayoutEffect(toTop, [table.order.value, table.text.value, table.show.value, traits.hpc.value]);

  function go(index: number) {
    const to = Math.max(0, Math.min(index, rows.length - 1));
    at.value = rows[to]?.row.key ?? "";
    reveal(to);
  }
  const open = useCallback(
    (key: string) => {
      at.value = key;
      monitor.select(key);
    },
    [at, monitor],
  );

  /** A job that is open already is gone into. */
  function enter(key: string) {
    if (key && key === monitor.open.value?.key)
      monitor.focus.to(`tab-${monitor.open.value.tab.value}`);
    else open(key);
  }

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return; // a head's button
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const keys: Record<string, () => void> = {
      ArrowDown: () => go(current + 1),
      ArrowUp: () => go(current - 1),
      PageDown: () => go(current + SEEN - 1),
      PageUp: () => go(current - SEEN + 1),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      Enter: () => enter(rows[current]?.row.key ?? ""),
      " ": () => enter(rows[current]?.row.key ?? ""),
    };
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };

  const drawn = useMemo(rememberRows, []);
  drawn.begin();
  const idOf = (index: number) => monitor.id(`job-${index}`);
  return (
    <div
      ref={box}
      class="b-scroll"
      style={{ maxHeight: `${HEAD + SEEN * height}px` }}
      onScroll={onScroll}
    >
      <table
        id={monitor.id("table")}
        class={monitor.isShut.value ? "b-table b-shut" : "b-table"}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: its rows are gone through and opened
        role="grid"
        aria-label="Jobs"
        aria-rowcount={rows.length + 1}
        tabIndex={0}
        aria-activedescendant={current >= first && current < last ? idOf(current) : undefined}
        onKeyDown={onKeyDown}
      >
        <thead>
          <tr aria-rowindex={1}>
            {COLUMNS.map(({ column, label }) => (
              <Head key={column} column={column} label={label} />
            ))}
          </tr>
        </thead>
        <tbody>
          <Space height={first * height} />
          {rows.slice(first, last).map((entry, offset) =>
            drawn.of({
              id: idOf(first + offset),
              place: first + offset,
              entry,
              isCurrent: first + offset === current,
              isSelected: entry.row.key === traits.selected.value,
              onOpen: open,
            }),
          )}
          <Space height={(rows.length - last) * height} />
        </tbody>
      </table>
    </div>
  );
}

/** In place of rows that are out of sight. One cell: columns can be hidden. */
function Space({ height }: { height: number }) {
  if (height <= 0) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus
    <tr class="b-space" aria-hidden="true">
      <td style={{ height: `${height}px` }} />
    </tr>
  );
}

function Head({ column, label }: { column: Column; label: string }) {
  const { table } = useMonitor();
  const { column: by, isDown } = table.order.value;
  const isBy = by === column;
  return (
    <th
      class={`b-col-${column}`}
      scope="col"
      aria-sort={isBy ? (isDown ? "descending" : "ascending") : "none"}
    >
      <button type="button" onClick={() => table.sortBy(column)}>
        {label}
        <span class="b-order" aria-hidden="true">
          {isBy ? (isDown ? "▾" : "▴") : ""}
        </span>
      </button>
    </th>
  );
}
