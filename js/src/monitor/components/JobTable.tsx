import { useComputed, useSignal } from "@preact/signals";
import { useCallback, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { useMonitor } from "../monitor";
import type { Column } from "../rows";
import { rememberRows } from "./JobTableRow";

/** Pixels of a row where the styles do not say (--b-row). */
const HEIGHT = 54;
/** Pixels of the head, as in table.css. */
const HEAD = 33;
/** Rows that are seen at once, at most. */
const SEEN = 8;
/** Rows above and below that are drawn, too, so that quick scrolling shows no gap. */
const SPARE = 8;
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
  const box = useRef<HTMLDivElement>(null);
  const scrolled = useSignal(0);
  const height = useSignal(HEIGHT);
  const at = useSignal(traits.selected.peek());
  const rows = table.shown.value;
  const first = useComputed(() => {
    const most = table.shown.value.length - SEEN;
    const wanted = Math.max(0, Math.min(scrolled.value, most) - SPARE);
    return wanted - (wanted % STEP);
  }).value;
  const found = rows.findIndex(({ row }) => row.key === at.value);
  const current = found < 0 ? 0 : found;

  // Rows are higher where their columns fold.
  useLayoutEffect(() => {
    const measure = () => {
      const said = box.current && getComputedStyle(box.current).getPropertyValue("--b-row");
      height.value = Number.parseInt(said || "", 10) || HEIGHT;
    };
    measure();
    const observer = new ResizeObserver(measure);
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, [height]);
  // Another list begins at its top.
  useLayoutEffect(() => {
    if (box.current) box.current.scrollTop = 0;
    scrolled.value = 0;
  }, [table.order.value, table.text.value, table.show.value, traits.hpc.value, scrolled]);

  function go(index: number) {
    const to = Math.max(0, Math.min(index, rows.length - 1));
    at.value = rows[to]?.row.key ?? "";
    if (!box.current) return;
    const least = (to + 1 - SEEN) * height.value;
    box.current.scrollTop = Math.min(Math.max(box.current.scrollTop, least), to * height.value);
    scrolled.value = Math.floor(box.current.scrollTop / height.value);
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
  const last = Math.min(rows.length, first + SEEN + 2 * SPARE + STEP);
  const idOf = (index: number) => monitor.id(`job-${index}`);
  return (
    <div
      ref={box}
      class="b-scroll"
      style={{ maxHeight: `${HEAD + SEEN * height.value}px` }}
      onScroll={(event) => {
        scrolled.value = Math.floor(event.currentTarget.scrollTop / height.value);
      }}
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
          <Space height={first * height.value} />
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
          <Space height={(rows.length - last) * height.value} />
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
