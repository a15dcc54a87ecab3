/** What becomes of requests, answered or not. */
import { describe, expect, it, vi } from "vitest";
import { createRequests, isRefused, LONG, LOST, NO_KERNEL } from "../../src/kernel/requests";

const sent = () => true;

interface Answer {
  kind: string;
  id: string;
  ok?: boolean;
  message?: string;
}

function asked(...ids: string[]) {
  const requests = createRequests<Answer>();
  const answers: string[] = [];
  const busy = vi.fn();
  for (const id of ids)
    requests
      .ask(id, sent, () => busy(id))
      .then((answer) => answers.push(`${id}: ${answer.message ?? answer.kind}`));
  return { requests, answers, busy };
}

const settled = () => Promise.resolve();

describe("a request", () => {
  it("gets the answer of its id, and only the first one", async () => {
    const { requests, answers } = asked("a", "b");
    requests.settle("b", { kind: "listing", id: "b" });
    requests.settle("b", { kind: "review", id: "b" });
    requests.settle("c", { kind: "review", id: "c" });
    await settled();
    expect(answers).toEqual(["b: listing"]);
  });

  it("is refused at once where it cannot be sent", async () => {
    const requests = createRequests<Answer>();
    const answer = await requests.ask("a", () => false);
    expect(answer).toEqual({ kind: "reply", id: "a", ok: false, message: NO_KERNEL });
  });

  it("is refused with all others where no kernel answers", async () => {
    const { requests, answers } = asked("a", "b");
    requests.refuseAll();
    await settled();
    expect(answers).toEqual([`a: ${NO_KERNEL}`, `b: ${NO_KERNEL}`]);
  });

  it("is told once that the kernel is busy", () => {
    const { requests, busy } = asked("a");
    requests.tellBusy();
    requests.tellBusy();
    expect(busy).toHaveBeenCalledExactlyOnceWith("a");
  });

  it("has been waiting for long after some seconds", () => {
    const { requests } = asked("a");
    for (let second = 1; second < LONG; second += 1) expect(requests.grow()).toBe(false);
    expect(requests.long()).toEqual([]);
    expect(requests.grow()).toBe(true);
    expect(requests.long()).toEqual(["a"]);
  });

  it("is lost where Python did not tell of it twice: an answer may be on its way", async () => {
    const { requests, answers } = asked("a");
    requests.miss("a");
    requests.miss("unknown");
    await settled();
    expect(answers).toEqual([]);
    requests.miss("a");
    await settled();
    expect(answers).toEqual([`a: ${LOST}`]);
  });
});

describe("an answer", () => {
  it.each([
    [{ kind: "reply", id: "a", ok: false, message: "No." }, true],
    [{ kind: "reply", id: "a", ok: false, message: "" }, true],
    [{ kind: "reply", id: "a", ok: true, message: "Yes." }, false],
    [{ kind: "listing", id: "a" }, false],
  ])("%o is a refusal: %s", (answer, isOne) => {
    expect(isRefused(answer)).toBe(isOne);
  });
});
