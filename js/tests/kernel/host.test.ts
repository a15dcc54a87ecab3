/** What the page knows of the kernel. */
import { describe, expect, it } from "vitest";
import { hostOf } from "../../src/kernel/host";
import { COMM, FakeModel, KERNEL, traits } from "../fake_model";

function host(changes: Partial<FakeModel>) {
  const model = Object.assign(new FakeModel(traits()), changes);
  return hostOf(model as never);
}

describe("the kernel", () => {
  it.each([
    ["unseen", undefined],
    ["gone", null],
    ["gone", { ...KERNEL, isDisposed: true }],
    ["gone", { ...KERNEL, status: "dead" }],
    ["gone", { ...KERNEL, status: "autorestarting" }],
    ["away", { ...KERNEL, connectionStatus: "connecting" }],
    ["busy", { ...KERNEL, status: "busy" }],
    ["idle", KERNEL],
    ["idle", { ...KERNEL, status: "starting" }],
  ])("is %s as %o", (state, kernel) => {
    expect(host({ kernel }).kernel()).toBe(state);
  });

  it("knows its own comms, and no others", async () => {
    expect(await host({ kernel: KERNEL }).knows(COMM)).toBe(true);
    expect(await host({ kernel: { ...KERNEL, comms: [] } }).knows(COMM)).toBe(false);
    expect(await host({ kernel: undefined }).knows(COMM)).toBe(false);
  });
});

describe("the notebook", () => {
  it("shows a widget, or does not, or is not in sight", () => {
    expect(host({ shown: ["another", COMM] }).shows(COMM)).toBe(true);
    expect(host({ shown: ["another"] }).shows(COMM)).toBe(false);
    expect(host({ shown: undefined }).shows(COMM)).toBeUndefined();
  });
});
