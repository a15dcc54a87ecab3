/** A token goes to Python in one message, and nowhere else. */
import { describe, expect, it } from "vitest";
import { createToken } from "../../src/submitter/token";
import { formOf, reply, turns } from "./form";

describe("a token", () => {
  it("is in one message, and in no trait", async () => {
    const { model, sync } = formOf();
    createToken(sync).useToken("eyJhbGci");
    expect(model.last("token").token).toBe("eyJhbGci");
    expect(JSON.stringify(model.values)).not.toContain("eyJhbGci");
    expect(model.written).toEqual([]);
  });

  it("that is refused says why, until the next one", async () => {
    const { model, sync } = formOf();
    const { tokenNotice, useToken } = createToken(sync);
    useToken("old");
    model.answer(reply(model.last("token").id, false, "It has expired."));
    await turns();
    expect(tokenNotice.value).toBe("It has expired.");
    useToken("new");
    expect(tokenNotice.value).toBe("");
    sync.heart.tellBusy();
    expect(tokenNotice.value).toContain("waits there");
    model.answer(reply(model.last("token").id));
    await turns();
    expect(tokenNotice.value).toBe("");
  });
});
