/** Whether a kernel answers, and what becomes of requests that it does not answer. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Liveness, UNANSWERED, type Watch, watchLiveness } from "../../src/kernel/liveness";
import { LONG, LOST, NO_KERNEL } from "../../src/kernel/requests";
import type { Answer } from "../../src/submitter/contract";
import { createFormSync, type FormSync } from "../../src/submitter/form_sync";
import { FakeModel, KERNEL, listing, traits } from "../fake_model";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class Page {
  readonly model = new FakeModel(traits());
  readonly sync: FormSync;
  readonly watch: Watch;
  readonly answers: Answer[] = [];

  /** @param isSeen whether the page sees the kernel */
  constructor(readonly isSeen = true) {
    if (isSeen) this.model.kernel = KERNEL;
    this.model.isAwake = true;
    this.sync = createFormSync(this.model.asModel());
    this.watch = watchLiveness(this.sync.heart);
  }

  get is(): Liveness {
    return this.watch.liveness.value;
  }

  browse(id: string, busy?: () => void): void {
    this.sync
      .ask({ kind: "browse", id, path: "" }, busy)
      .then((answer) => this.answers.push(answer));
  }

  /** Its words, of each refusal. */
  get refusals(): string[] {
    return this.answers.map((answer) => (answer.kind === "reply" ? answer.message : answer.kind));
  }

  /** The kernel's process ends; another one may take its place. */
  die(kernel: FakeModel["kernel"]): void {
    this.model.isAwake = false;
    this.model.kernel = kernel;
  }
}

/** Seconds of it. */
const later = (seconds: number) => vi.advanceTimersByTimeAsync(1_000 * seconds);
const ANOTHER = { ...KERNEL, comms: ["another"] };

describe("a kernel that answers", () => {
  it("is live for as long as it does, without a message that counts as activity", async () => {
    const page = new Page();
    await later(600);
    expect(page.is).toBe("live");
    expect(page.model.hellos).toHaveLength(1);
    expect(page.model.asked).toBeGreaterThan(100);
  });

  it("is asked by a message to the widget where the page does not see the kernel", async () => {
    const page = new Page(false);
    await later(60);
    expect(page.is).toBe("live");
    expect(page.model.hellos.length).toBeGreaterThan(10);
  });

  it("may lose one answer", async () => {
    const page = new Page();
    await later(10);
    page.model.kernel = { ...KERNEL, comms: null };
    await later(5);
    page.model.kernel = KERNEL;
    await later(10);
    expect(page.is).toBe("live");
  });
});

describe("a kernel that ends", () => {
  it.each([
    ["restarted by this page", (page: Page) => page.model.cut(), 0.1],
    ["restarted by another", (page: Page) => page.die(ANOTHER), 4],
    ["none any more", (page: Page) => page.die(null), 3],
    ["dead", (page: Page) => page.die({ ...KERNEL, status: "dead", comms: null }), 3],
    ["disposed of", (page: Page) => page.die({ ...KERNEL, isDisposed: true, comms: null }), 3],
  ])("is noticed: %s", async (_name, end, seconds) => {
    const page = new Page();
    await later(60);
    page.browse("one");
    page.model.isAwake = false;
    end(page);
    await later(seconds);
    expect(page.is).toBe("gone");
    expect(page.refusals).toEqual([NO_KERNEL]);
    page.model.kernel = ANOTHER;
    await later(60);
    expect(page.is).toBe("gone");
  });

  it.each([
    ["out of reach", { ...KERNEL, connectionStatus: "connecting", comms: null }],
    ["stopped", { ...KERNEL, comms: null }],
    ["out of sight", undefined],
  ])("or does not answer, nobody knows why, is said within ten seconds: %s", async (_n, kernel) => {
    const page = new Page(kernel !== undefined);
    await later(60);
    page.browse("one");
    page.die(kernel);
    await later(9);
    expect(page.is).toBe("silent");
    expect(page.refusals).toEqual([NO_KERNEL]);
    page.model.answer(page.model.wake()); // it has waited there
    expect(page.is).toBe("live");
  });

  it("refuses what is asked of it afterwards", async () => {
    const page = new Page();
    await later(60);
    page.die(null);
    await later(60);
    page.browse("one");
    await later(1);
    expect(page.refusals).toEqual([NO_KERNEL]);
  });

  it("is told from one that the page only believes to have ended", async () => {
    const page = new Page();
    await later(60);
    page.model.cut();
    expect(page.is).toBe("gone");
    await later(2);
    expect(page.is).toBe("live");
  });
});

describe("a busy kernel", () => {
  it("is told as busy for as long as it is, and what is asked waits for it", async () => {
    const page = new Page();
    await later(60);
    const busy = vi.fn();
    page.model.fallBusy();
    page.browse("one", busy);
    await later(UNANSWERED + 1);
    const told: Liveness[] = [];
    for (let second = 0; second < 3_600; second += 1) {
      told.push(page.is);
      await later(1);
    }
    expect(new Set(told)).toEqual(new Set(["busy"]));
    expect(busy).toHaveBeenCalledTimes(1);
    expect(page.answers).toEqual([]);
    expect(page.model.hellos.length).toBeLessThan(130); // they wait there, too
    page.model.kernel = KERNEL;
    page.model.answer(listing("one"));
    page.model.answer(page.model.wake());
    await later(0);
    expect(page.is).toBe("live");
    expect(page.refusals).toEqual(["listing"]);
  });

  it("that dies is not busy any more", async () => {
    const page = new Page();
    page.model.fallBusy();
    await later(60);
    page.die(null);
    await later(3);
    expect(page.is).toBe("gone");
  });

  it("that says something meanwhile is there, also out of sight", async () => {
    const page = new Page(false);
    await later(10);
    page.model.isAwake = false;
    for (let second = 0; second < 30; second += 1) {
      page.model.change("known_at", String(second));
      await later(1);
    }
    expect(page.is).toBe("busy");
  });

  it("that answers the widget all the same, as some do, is live", async () => {
    const page = new Page();
    await later(10);
    page.model.fallBusy();
    page.model.isAwake = true;
    await later(600);
    expect(page.is).toBe("live");
  });
});

describe("a request", () => {
  it("whose answer was lost ends as it is not being worked on any more", async () => {
    const page = new Page();
    await later(5);
    page.browse("slow");
    page.browse("lost");
    page.model.under_way = ["slow"];
    await later(LONG);
    expect(page.refusals).toEqual([]);
    await later(10);
    expect(page.refusals).toEqual([LOST]);
    page.model.under_way = [];
    page.model.answer(listing("slow"));
    await later(0);
    expect(page.refusals).toEqual([LOST, "listing"]);
  });

  it("that is answered late, by another thread than the hello, is not lost", async () => {
    const page = new Page();
    await later(5);
    page.browse("one");
    const hellos = page.model.hellos.length;
    while (page.model.hellos.length === hellos) await later(1);
    page.model.answer(listing("one"));
    await later(1);
    expect(page.refusals).toEqual(["listing"]);
  });

  it("is refused at once where the page knows that the kernel is dead", async () => {
    const page = new Page();
    page.model.send = () => {
      throw new Error("Kernel is dead");
    };
    page.browse("one");
    await later(0);
    expect(page.refusals).toEqual([NO_KERNEL]);
  });

  it("is refused as the view goes, and nothing is left", async () => {
    const page = new Page();
    page.browse("one");
    page.watch.stop();
    page.sync.stop();
    await later(0);
    expect(page.refusals).toEqual([NO_KERNEL]);
    expect(vi.getTimerCount()).toBe(0);
    expect(page.model.listenerCount).toBe(0);
  });

  it.each(Array.from({ length: 200 }, (_, seed) => seed))(
    "always ends, whatever is lost and however the kernel fares (seed %i)",
    async (seed) => {
      const random = randomOf(seed);
      const pick = <T>(all: T[]): T => all[Math.floor(random() * all.length)] as T;
      const isSeen = random() < 0.5;
      const page = new Page(isSeen);
      let asked = 0;
      for (let second = 0; second < 60; second += 1) {
        if (random() < 0.3) {
          const id = `request ${asked}`;
          asked += 1;
          page.browse(id);
          page.model.under_way.push(id);
          const delay = 1_000 * Math.floor(20 * random());
          setTimeout(() => {
            const isLost = random() < 0.4 || !page.model.isAwake;
            page.model.under_way = page.model.under_way.filter((other) => other !== id);
            if (!isLost) page.model.answer(listing(id));
          }, delay);
        }
        if (random() < 0.05) page.model.fallBusy();
        if (random() < 0.1) {
          page.model.kernel = isSeen ? KERNEL : undefined;
          page.model.answer(page.model.wake() as Answer);
        }
        if (!isSeen) page.model.kernel = undefined;
        await later(1);
      }
      // At last it is well, or dead: never busy for ever.
      if (random() < 0.5) page.die(isSeen ? pick([null, ANOTHER]) : undefined);
      else {
        page.model.kernel = isSeen ? KERNEL : undefined;
        page.model.answer(page.model.wake() as Answer);
      }
      await later(120);
      expect(page.answers).toHaveLength(asked);
    },
  );
});

/** mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
