/** A submission on its way to Python. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Status } from "../../src/submitter/contract";
import { createSubmitRequest } from "../../src/submitter/submit_request";
import { IDLE } from "../fake_model";
import { formOf, reply, turns } from "./form";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function begun(status: Status = IDLE) {
  const { model, sync } = formOf({ status });
  const submitRequest = createSubmitRequest(sync);
  const results: (string | null)[] = [];
  submitRequest.begin("submit").then((result) => results.push(result));
  const { id } = model.last("submit");
  return { model, sync, submitRequest, results, id };
}

const BUSY: Status = { ...IDLE, step: "checking", busy: true };

describe("a submission that is handed over", () => {
  it("takes the form along as it stands", () => {
    const { model } = begun();
    expect(model.last("submit").form).toMatchObject({ hpc: "pizdaint", node_number: 2 });
  });

  it("passes on first what still waits for a pause in typing", () => {
    const { model, sync } = formOf();
    sync.edit({ title: "Typed" }, "soon");
    createSubmitRequest(sync).begin("again");
    expect(model.saves).toBe(1);
    expect(model.last("again").form.title).toBe("Typed");
  });

  it("is over with the status, which may come after the answer", async () => {
    const { model, results, id } = begun();
    model.answer(reply(id));
    await turns();
    expect(results).toEqual([]);
    model.change("status", BUSY);
    await turns();
    expect(results).toEqual([null]);
  });

  it("is over after a while, where no status comes", async () => {
    const { model, results, id } = begun();
    model.answer(reply(id));
    await vi.advanceTimersByTimeAsync(1_900);
    expect(results).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(results).toEqual([null]);
  });

  it("does not take a look after the submission before for its own status", async () => {
    const looking: Status = { ...IDLE, step: "reconciling", record: "nb-1" };
    const { model, results, id } = begun(looking);
    model.answer(reply(id));
    model.change("status", { ...looking, next_look: 5 });
    await turns();
    expect(results).toEqual([]);
    model.change("status", { ...BUSY, record: "nb-2" });
    await turns();
    expect(results).toEqual([null]);
  });

  it("may be refused, with words or without", async () => {
    for (const words of ["A submission is under way.", ""]) {
      const { model, results, id } = begun();
      model.answer(reply(id, false, words));
      await turns();
      expect(results).toEqual([words]);
    }
  });

  it("is slow where the kernel is busy, until Python has taken over", () => {
    const { model, sync, submitRequest } = begun();
    expect(submitRequest.state.value).toBe("pending");
    sync.heart.tellBusy();
    expect(submitRequest.state.value).toBe("slow");
    model.change("status", BUSY);
    expect(submitRequest.state.value).toBe("pending");
    submitRequest.end();
    expect(submitRequest.state.value).toBe("");
  });
});
