import { useSignal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";
import { useWindow } from "../../page/windowed";
import { canUnfold, isUnfolded, type Row } from "../../review/rows";
import { usePanel } from "../../submitter/panel";
import { ReviewRow } from "./ReviewRow";

/** Pixels of a row, as in review.css. */
const HEIGHT = 28;
/** Rows that are seen at once, at most. */
const SEEN = 12;

/**
 * Draws only the rows that are seen. So the tree keeps the focus and names the row that it is on:
 * a row that had it would lose it when scrolled away.
 */
export function ReviewTree() {
  const panel = usePanel();
  const { reviewing } = panel;
  const at = useSignal("");
  const rows = reviewing.rows.value;
  const { box, first, last, onScroll, reveal, toTop } = useWindow<HTMLDivElement>({
    count: rows.length,
    seen: SEEN,
    height: HEIGHT,
  });
  const found = rows.findIndex(({ entry }) => entry.path === at.value);
  const current = found < 0 ? 0 : found;

  useLayoutEffect(toTop, [reviewing.order.value, reviewing.filter.value]);

  function go(index: number) {
    const to = Math.max(0, Math.min(index, rows.length - 1));
    at.value = rows[to]?.entry.path ?? "";
    reveal(to);
  }
  const fold = ({ entry }: Row) => {
    if (isFoldable) reviewing.fold(entry, !isUnfolded(entry, reviewing.unfolded.value));
  };
  const isFoldable = reviewing.order.value === "tree" && reviewing.filter.value.trim() === "";

  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[current];
    if (!row || event.altKey || event.ctrlKey || event.metaKey) return;
    const { entry } = row;
    const isOpen = isUnfolded(entry, isFoldable ? reviewing.unfolded.value : null);
    const inTree = reviewing.order.value === "tree";
    const keys: Record<string, () => void> = {
      ArrowDown: () => go(current + 1),
      ArrowUp: () => go(current - 1),
      PageDown: () => go(current + SEEN - 1),
      PageUp: () => go(current - SEEN + 1),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      ArrowRight: () => {
        if (!inTree || !canUnfold(entry)) return;
        if (isOpen) go(current + 1);
        else fold(row);
      },
      ArrowLeft: () => {
        if (!inTree) return;
        if (isOpen && isFoldable) fold(row);
        else if (entry.level > 1) go(rows.findIndex((one) => one.entry === entry.above));
      },
      " ": () => reviewing.toggle(entry),
      Enter: () => (inTree && canUnfold(entry) ? fold(row) : reviewing.toggle(entry)),
    };
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };

  const idOf = (index: number) => panel.id(`row-${index}`);
  return (
    <div
      ref={box}
      id={panel.id("review-tree")}
      class="b-tree"
      role="tree"
      aria-label="Files and folders"
      aria-multiselectable="true"
      tabIndex={0}
      aria-activedescendant={current >= first && current < last ? idOf(current) : undefined}
      style={{ height: `${Math.min(Math.max(rows.length, 1), SEEN) * HEIGHT}px` }}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
    >
      {rows.length === 0 && <p class="b-hint b-nothing">Nothing to show</p>}
      <div
        role="none"
        style={{ height: `${rows.length * HEIGHT}px`, paddingTop: `${first * HEIGHT}px` }}
      >
        {rows.slice(first, last).map((row, offset) => (
          <ReviewRow
            key={row.entry.path}
            id={idOf(first + offset)}
            row={row}
            isFlat={reviewing.order.value !== "tree"}
            isOpen={isUnfolded(row.entry, isFoldable ? reviewing.unfolded.value : null)}
            isCurrent={first + offset === current}
            onFold={() => {
              at.value = row.entry.path;
              fold(row);
            }}
            onTick={() => {
              at.value = row.entry.path;
              reviewing.toggle(row.entry);
            }}
          />
        ))}
      </div>
    </div>
  );
}
