/** Which rows of a long list are drawn. */
import { act, cleanup, fireEvent, render } from "@testing-library/preact";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Rows, useWindow, type Window } from "../../src/page/windowed";

let list: Window<HTMLDivElement>;

function List(rows: Rows) {
  list = useWindow<HTMLDivElement>(rows);
  return (
    <div ref={list.box} data-testid="box" onScroll={list.onScroll}>
      {list.first} to {list.last}
    </div>
  );
}

const ROWS: Rows = { count: 1_000, seen: 10, height: 20 };

function shown(changes: Partial<Rows> = {}) {
  const { getByTestId, rerender } = render(<List {...ROWS} {...changes} />);
  const box = getByTestId("box");
  return {
    box,
    scroll: (top: number) => {
      box.scrollTop = top;
      fireEvent.scroll(box);
    },
    change: (more: Partial<Rows>) => rerender(<List {...ROWS} {...changes} {...more} />),
  };
}

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

describe("a list of 1,000 rows", () => {
  it("draws those that are seen, and some spare ones below", () => {
    shown();
    expect([list.first, list.last]).toEqual([0, 27]);
  });

  it("draws others as it is scrolled, with spare ones on both sides", () => {
    const { scroll } = shown();
    scroll(2_000);
    expect([list.first, list.last]).toEqual([92, 119]);
    scroll(100_000);
    expect(list.last).toBe(1_000);
    expect(list.first).toBe(982);
  });

  it("is drawn anew only after a step of rows", () => {
    const { scroll } = shown({ step: 4 });
    scroll(2_000);
    const before = list.first;
    scroll(2_060);
    expect(list.first).toBe(before);
    scroll(2_080);
    expect(list.first).toBe(before + 4);
  });

  it("shows its end where it becomes shorter than it was scrolled", () => {
    const { scroll, change } = shown();
    scroll(10_000);
    change({ count: 12 });
    expect([list.first, list.last]).toEqual([0, 12]);
  });

  it("scrolls no further than it takes to see a row", () => {
    const { box } = shown();
    act(() => list.reveal(5));
    expect(box.scrollTop).toBe(0);
    act(() => list.reveal(10));
    expect(box.scrollTop).toBe(20);
    act(() => list.reveal(500));
    expect(box.scrollTop).toBe((500 + 1 - 10) * 20);
    act(() => list.reveal(499));
    expect(box.scrollTop).toBe((500 + 1 - 10) * 20);
    act(() => list.reveal(0));
    expect(box.scrollTop).toBe(0);
  });

  it("begins at its top as another list", () => {
    const { box, scroll } = shown();
    scroll(2_000);
    act(() => list.toTop());
    expect([box.scrollTop, list.first]).toEqual([0, 0]);
  });
});

describe("an empty list", () => {
  it("draws nothing", () => {
    shown({ count: 0 });
    expect([list.first, list.last]).toEqual([0, 0]);
  });
});

describe("the height of a row", () => {
  it("is what the styles say, or else the usual one", () => {
    shown({ property: "--row" });
    expect(list.height).toBe(20);
    cleanup();
    const styles = { getPropertyValue: (name: string) => (name === "--row" ? "44px" : "") };
    vi.spyOn(globalThis, "getComputedStyle").mockReturnValue(styles as CSSStyleDeclaration);
    shown({ property: "--row" });
    expect(list.height).toBe(44);
  });
});
