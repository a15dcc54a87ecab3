/** What the user asks of Python for all jobs. */
import { describe, expect, it } from "vitest";
import { BUSY_ASKED } from "../../src/kernel/liveness";
import { createCommands } from "../../src/monitor/commands";
import { reply } from "../fake_jobs";
import { modelOf, turns } from "./job";

function commands() {
  const { model, sync } = modelOf();
  return { model, sync, ...createCommands(sync) };
}

describe("a refresh", () => {
  it("is asked for once at a time", async () => {
    const { model, refresh, isRefreshing } = commands();
    refresh();
    refresh();
    expect(model.all("refresh")).toHaveLength(1);
    expect(isRefreshing.value).toBe(true);
    model.answer(reply(model.newest("refresh").id));
    await turns();
    expect(isRefreshing.value).toBe(false);
  });

  it("says that the kernel is busy, then why it was refused, and nothing after the next", async () => {
    const { model, sync, refresh, notice } = commands();
    refresh();
    sync.heart.tellBusy();
    expect(notice.value).toBe(BUSY_ASKED);
    model.answer(reply(model.newest("refresh").id, false, "Not reachable."));
    await turns();
    expect(notice.value).toBe("Not reachable.");
    refresh();
    expect(notice.value).toBe("");
  });
});

describe("a token", () => {
  it("has a word of its own where it is refused", async () => {
    const { model, useToken, notice, tokenNotice } = commands();
    useToken("eyJhbGci");
    expect(model.newest("token").token).toBe("eyJhbGci");
    model.answer(reply(model.newest("token").id, false, "It has expired."));
    await turns();
    expect([notice.value, tokenNotice.value]).toEqual(["", "It has expired."]);
  });
});

describe("forgetting rows", () => {
  it("is asked of Python, and says why it would not", async () => {
    const { model, forget, notice } = commands();
    forget();
    model.answer(reply(model.newest("forget").id, false, "The service is there."));
    await turns();
    expect(notice.value).toBe("The service is there.");
  });
});
