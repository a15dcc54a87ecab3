import { useCallback, useLayoutEffect, useMemo } from "preact/hooks";
import { useMonitor } from "../../../monitor/monitor";
import type { Column, Entry } from "../../../monitor/rows";
import { type Cursor, useCursor } from "../../../page/cursor";
import { useWindow, type Window } from "../../../page/windowed";
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

const keyOf = ({ row }: Entry) => row.key;

/**
 * Draws only the rows that are seen, all of one height. The grid keeps the focus and names the
 * row that it is on.
 */
export function JobTable() {
  const { table, traits, isShut, id } = useMonitor();
  const rows = table.shown.value;
  const list = useWindow<HTMLDivElement>({
    count: rows.length,
    seen: SEEN,
    height: HEIGHT,
    property: "--b-row",
    step: STEP,
  });
  const start = traits.selected.peek();
  const cursor = useCursor({ rows, keyOf, seen: SEEN, reveal: list.reveal, start });
  const { open, onKeyDown } = useOpening(cursor, rows);
  const { order, text, show } = table;
  useLayoutEffect(list.toTop, [order.value, text.value, show.value, traits.hpc.value]);
  const isDrawn = cursor.current >= list.first && cursor.current < list.last;
  const maxHeight = `${HEAD + SEEN * list.height}px`;
  return (
    <div ref={list.box} class="b-scroll" style={{ maxHeight }} onScroll={list.onScroll}>
      <table
        id={id("table")}
        class={isShut.value ? "b-table b-shut" : "b-table"}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: its rows are gone through and opened
        role="grid"
        aria-label="Jobs"
        aria-rowcount={rows.length + 1}
        tabIndex={0}
        aria-activedescendant={isDrawn ? id(`job-${cursor.current}`) : undefined}
        onKeyDown={onKeyDown}
      >
        <Heads />
        <Body list={list} rows={rows} current={cursor.current} onOpen={open} />
      </table>
    </div>
  );
}

/** Opens a job on a click, and on a key. */
function useOpening({ at, current, onKeyDown }: Cursor, rows: readonly Entry[]) {
  const monitor = useMonitor();
  const open = useCallback(
    (key: string) => {
      at.value = key;
      monitor.select(key);
    },
    [at, monitor],
  );

  /** A job that is open already is gone into. */
  function enter() {
    const key = rows[current]?.row.key ?? "";
    const job = monitor.open.value;
    if (key && key === job?.key) monitor.focus.to(`tab-${job.tab.value}`);
    else open(key);
  }

  return {
    open,
    onKeyDown: (event: KeyboardEvent) => {
      if (event.target !== event.currentTarget) return; // a head's button
      onKeyDown(event, { Enter: enter, " ": enter });
    },
  };
}

interface BodyProps {
  list: Window<HTMLElement>;
  rows: readonly Entry[];
  current: number;
  onOpen: (key: string) => void;
}

function Body({ list: { first, last, height }, rows, current, onOpen }: BodyProps) {
  const { id, traits } = useMonitor();
  const drawn = useMemo(rememberRows, []);
  drawn.begin();
  return (
    <tbody>
      <Space height={first * height} />
      {rows.slice(first, last).map((entry, offset) =>
        drawn.of({
          id: id(`job-${first + offset}`),
          place: first + offset,
          entry,
          isCurrent: first + offset === current,
          isSelected: entry.row.key === traits.selected.value,
          onOpen,
        }),
      )}
      <Space height={(rows.length - last) * height} />
    </tbody>
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

function Heads() {
  return (
    <thead>
      <tr aria-rowindex={1}>
        {COLUMNS.map(({ column, label }) => (
          <Head key={column} column={column} label={label} />
        ))}
      </tr>
    </thead>
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
