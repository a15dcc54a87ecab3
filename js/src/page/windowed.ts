/** Long lists: only the rows that are seen are drawn. All have one height, so nothing is measured. */
import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** Rows above and below that are drawn, too, so that quick scrolling shows no gap. */
const SPARE = 8;

export interface Window<E> {
  /** The element that scrolls. */
  box: RefObject<E | null>;
  /** Pixels of a row. */
  height: number;
  /** The rows that are drawn, from 0; `last` is the first that is not. */
  first: number;
  last: number;
  onScroll(): void;
  /** Scrolls no further than it takes to see the row. */
  reveal(index: number): void;
  /** Another list begins at its top. */
  toTop(): void;
}

export interface Rows {
  count: number;
  /** Rows that are seen at once, at most. */
  seen: number;
  /** Pixels of a row where the styles do not say. */
  height: number;
  /** The custom property that says so: rows are higher where their columns fold. */
  property?: string;
  /** Drawn anew only after so many rows. */
  step?: number;
}

export function useWindow<E extends HTMLElement>(rows: Rows): Window<E> {
  const { count, seen, property, step = 1 } = rows;
  const box = useRef<E>(null);
  const top = useSignal(0);
  const height = useRowHeight(box, rows.height, property);

  function onScroll() {
    const row = Math.floor((box.current?.scrollTop ?? 0) / height);
    top.value = row - (row % step);
  }

  const first = Math.max(0, Math.min(top.value, count - seen) - SPARE);
  return {
    box,
    height,
    first,
    last: Math.min(count, first + seen + 2 * SPARE + step),
    onScroll,
    reveal: (index) => {
      if (!box.current) return;
      const least = (index + 1 - seen) * height;
      const most = index * height;
      box.current.scrollTop = Math.min(Math.max(box.current.scrollTop, least), most);
      onScroll();
    },
    toTop: () => {
      if (box.current) box.current.scrollTop = 0;
      top.value = 0;
    },
  };
}

/** Pixels of a row, by the styles where they say so in a custom property. */
function useRowHeight(
  box: RefObject<HTMLElement | null>,
  usual: number,
  property: string | undefined,
): number {
  const height = useSignal(usual);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || !property) return;
    const measure = () => {
      const said = getComputedStyle(element).getPropertyValue(property);
      height.value = Number.parseInt(said, 10) || usual;
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [box, height, property, usual]);
  return height.value;
}
