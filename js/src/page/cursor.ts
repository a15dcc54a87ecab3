/**
 * The row of a long list that the keyboard is on. The list itself keeps the focus and names that
 * row: a row that had it would lose it when scrolled away.
 */
import { type Signal, useSignal } from "@preact/signals";
import type { Window } from "./windowed";

export interface Cursor {
  /** The key of the row that it was put on. */
  at: Signal<string>;
  /** The row that it is on, from 0; the first where the other one has gone. */
  current: number;
  /** Go to a row, and see it. */
  go(index: number): void;
  /** Go through the rows by the keys for that; `more` says what others do. */
  onKeyDown(event: KeyboardEvent, more: Readonly<Record<string, () => void>>): void;
}

interface List<R> {
  rows: readonly R[];
  keyOf: (row: R) => string;
  /** Rows that are seen at once, at most. */
  seen: number;
  reveal: Window<HTMLElement>["reveal"];
  /** The key of the row that it is on at first. */
  start?: string;
}

export function useCursor<R>({ rows, keyOf, seen, reveal, start = "" }: List<R>): Cursor {
  const at = useSignal(start);
  const found = rows.findIndex((row) => keyOf(row) === at.value);
  const current = Math.max(found, 0);

  function go(index: number) {
    const to = Math.max(0, Math.min(index, rows.length - 1));
    const row = rows[to];
    at.value = row === undefined ? "" : keyOf(row);
    reveal(to);
  }

  return {
    at,
    current,
    go,
    onKeyDown: (event, more) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const places: Record<string, number> = {
        ArrowDown: current + 1,
        ArrowUp: current - 1,
        PageDown: current + seen - 1,
        PageUp: current - seen + 1,
        Home: 0,
        End: rows.length - 1,
      };
      const to = places[event.key];
      const act = to === undefined ? more[event.key] : () => go(to);
      if (!act) return;
      event.preventDefault();
      event.stopPropagation();
      act();
    },
  };
}
