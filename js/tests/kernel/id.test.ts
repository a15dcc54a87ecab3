import { afterEach, describe, expect, it, vi } from "vitest";
import { newId } from "../../src/kernel/id";

afterEach(() => void vi.unstubAllGlobals());

describe("an id", () => {
  it("is another one each time", () => {
    expect(new Set(Array.from({ length: 100 }, newId)).size).toBe(100);
  });

  it("can also be made on a page that came over plain http", () => {
    const { crypto } = globalThis;
    vi.stubGlobal("crypto", { getRandomValues: crypto.getRandomValues.bind(crypto) });
    const ids = Array.from({ length: 10 }, newId);
    expect(new Set(ids).size).toBe(10);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
  });
});
