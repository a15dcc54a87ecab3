/** A view in the page, until anybody takes it away. */
import { describe, expect, it, vi } from "vitest";
import { mount } from "../../src/page/mount";

function mounted() {
  const el = document.createElement("div");
  const stop = vi.fn();
  const control = new AbortController();
  return { el, stop, control, end: mount(<p>a view</p>, el, control.signal, stop) };
}

describe("a view that is mounted", () => {
  it("is in its element", () => {
    expect(mounted().el.innerHTML).toBe("<p>a view</p>");
  });

  it("is taken away once, whoever asks for that", () => {
    const { el, stop, control, end } = mounted();
    control.abort();
    end();
    expect(el.innerHTML).toBe("");
    expect(stop).toHaveBeenCalledTimes(1);
  });

  it("needs no signal", () => {
    const stop = vi.fn();
    mount(<p />, document.createElement("div"), undefined, stop)();
    expect(stop).toHaveBeenCalledTimes(1);
  });
});
