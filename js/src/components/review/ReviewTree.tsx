import { useLayoutEffect } from "preact/hooks";
import { type Cursor, useCursor } from "../../page/cursor";
import { useWindow } from "../../page/windowed";
import type { Reviewing } from "../../review/review";
import { canUnfold, isUnfolded, type Row } from "../../review/rows";
import type { Entry } from "../../review/tree";
import { usePanel } from "../../submitter/panel";
import { ReviewRow } from "./ReviewRow";

/** Pixels of a row, as in review.css. */
const HEIGHT = 28;
/** Rows that are seen at once, at most. */
const SEEN = 12;

const keyOf = ({ entry }: Row) => entry.path;

/** Draws only the rows that are seen. The tree keeps the focus and names the row that it is on. */
export function ReviewTree() {
  const { id, reviewing } = usePanel();
  const rows = reviewing.rows.value;
  const count = rows.length;
  const list = useWindow<HTMLDivElement>({ count, seen: SEEN, height: HEIGHT });
  const cursor = useCursor({ rows, keyOf, seen: SEEN, reveal: list.reveal });
  const { current, onKeyDown } = cursor;
  const row = rows[current];
  const isDrawn = current >= list.first && current < list.last;
  useLayoutEffect(list.toTop, [reviewing.order.value, reviewing.filter.value]);
  return (
    <div
      ref={list.box}
      id={id("review-tree")}
      class="b-tree"
      role="tree"
      aria-label="Files and folders"
      aria-multiselectable="true"
      tabIndex={0}
      aria-activedescendant={isDrawn ? id(`row-${current}`) : undefined}
      style={{ height: `${Math.min(Math.max(count, 1), SEEN) * HEIGHT}px` }}
      onScroll={list.onScroll}
      onKeyDown={(event) => row && onKeyDown(event, keysOf(row.entry, reviewing, cursor))}
    >
      {count === 0 && <p class="b-hint b-nothing">Nothing to show</p>}
      <div
        role="none"
        style={{ height: `${count * HEIGHT}px`, paddingTop: `${list.first * HEIGHT}px` }}
      >
        {rows.slice(list.first, list.last).map((one, offset) => (
          <TreeRow key={one.entry.path} row={one} index={list.first + offset} cursor={cursor} />
        ))}
      </div>
    </div>
  );
}

interface RowProps {
  row: Row;
  /** Among all rows, from 0. */
  index: number;
  cursor: Cursor;
}

function TreeRow({ row, index, cursor }: RowProps) {
  const { id, reviewing } = usePanel();
  const { entry } = row;
  return (
    <ReviewRow
      id={id(`row-${index}`)}
      row={row}
      isFlat={reviewing.order.value !== "tree"}
      isOpen={isUnfolded(entry, unfoldedIn(reviewing))}
      isCurrent={index === cursor.current}
      onFold={() => {
        cursor.at.value = entry.path;
        fold(entry, reviewing);
      }}
      onTick={() => {
        cursor.at.value = entry.path;
        reviewing.toggle(entry);
      }}
    />
  );
}

/** null where the folders cannot be folded: all are unfolded then. */
function unfoldedIn({ order, filter, unfolded }: Reviewing): ReadonlySet<string> | null {
  return order.value === "tree" && filter.value.trim() === "" ? unfolded.value : null;
}

function fold(entry: Entry, reviewing: Reviewing) {
  const unfolded = unfoldedIn(reviewing);
  if (unfolded) reviewing.fold(entry, !isUnfolded(entry, unfolded));
}

/** What the other keys do to a row. */
function keysOf(entry: Entry, reviewing: Reviewing, { current, go }: Cursor) {
  const inTree = reviewing.order.value === "tree";
  const unfolded = unfoldedIn(reviewing);
  const isOpen = isUnfolded(entry, unfolded);
  const toggle = () => reviewing.toggle(entry);
  return {
    ArrowRight: () => {
      if (!inTree || !canUnfold(entry)) return;
      if (isOpen) go(current + 1);
      else fold(entry, reviewing);
    },
    ArrowLeft: () => {
      if (!inTree) return;
      if (isOpen && unfolded) fold(entry, reviewing);
      else if (entry.level > 1)
        go(reviewing.rows.value.findIndex((one) => one.entry === entry.above));
    },
    " ": toggle,
    Enter: () => (inTree && canUnfold(entry) ? fold(entry, reviewing) : toggle()),
  };
}
