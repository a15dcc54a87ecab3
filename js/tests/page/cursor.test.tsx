/** The keyboard's way through a long list. */
import { act, cleanup, createEvent, fireEvent, render } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Cursor, useCursor } from "../../src/page/cursor";

let cursor: Cursor;
const reveal = vi.fn();
const enter = vi.fn();

function List({ rows, start }: { rows: string[]; start?: string }) {
  cursor = useCursor({ rows, keyOf: (row) => row, seen: 5, reveal, start: start ?? "" });
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: no more than the keys is tested
    <div data-testid="list" onKeyDown={(event) => cursor.onKeyDown(event, { Enter: enter })} />
  );
}

const NAMES = Array.from({ length: 20 }, (_, index) => `row ${index}`);

function shown(rows = NAMES, start?: string) {
  const props = start === undefined ? { rows } : { rows, start };
  const { getByTestId, rerender } = render(<List {...props} />);
  const list = getByTestId("list");
  return {
    press: (key: string, more: object = {}) => {
      const event = createEvent.keyDown(list, { key, ...more });
      fireEvent(list, event);
      return event.defaultPrevented;
    },
    change: (next: string[]) => rerender(<List rows={next} />),
  };
}

beforeEach(() => void vi.clearAllMocks());
afterEach(cleanup);

describe("the row that a list is on", () => {
  it.each([
    ["ArrowDown", 10, 11],
    ["ArrowUp", 10, 9],
    ["ArrowUp", 0, 0],
    ["ArrowDown", 19, 19],
    ["PageDown", 10, 14],
    ["PageUp", 10, 6],
    ["PageUp", 2, 0],
    ["Home", 10, 0],
    ["End", 10, 19],
  ])("goes by %s from %d to %d, and is seen there", (key, from, to) => {
    const { press } = shown(NAMES, `row ${from}`);
    expect(cursor.current).toBe(from);
    expect(press(key)).toBe(true);
    expect(cursor.current).toBe(to);
    expect(reveal).toHaveBeenCalledExactlyOnceWith(to);
  });

  it("stays the same row as rows come and go above it", () => {
    const { change } = shown(NAMES, "row 3");
    change(["new", ...NAMES]);
    expect(cursor.current).toBe(4);
    change(NAMES.slice(2));
    expect(cursor.current).toBe(1);
  });

  it("is the first one where its row has gone", () => {
    const { change } = shown(NAMES, "row 3");
    change(["a", "b"]);
    expect(cursor.current).toBe(0);
  });

  it("is nothing in an empty list", () => {
    shown([]);
    act(() => cursor.go(3));
    expect(cursor.at.value).toBe("");
  });
});

describe("a key", () => {
  it("may do more than going, as the list says", () => {
    expect(shown().press("Enter")).toBe(true);
    expect(enter).toHaveBeenCalledTimes(1);
  });

  it.each(["a", "Tab", "Escape"])("%s that means nothing here goes on", (key) => {
    expect(shown().press(key)).toBe(false);
  });

  it.each(["altKey", "ctrlKey", "metaKey"])("with %s is not the list's", (modifier) => {
    const { press } = shown();
    expect(press("ArrowDown", { [modifier]: true })).toBe(false);
    expect(press("Enter", { [modifier]: true })).toBe(false);
    expect(enter).not.toHaveBeenCalled();
    expect(cursor.current).toBe(0);
  });
});
