/** Requests that wait for their answer, and what becomes of those that get none. */

/** Seconds after which it is asked whether a request is still being worked on. */
export const LONG = 10;

/** The answer to a request where there will be none. */
export const NO_KERNEL =
  "No kernel answers. It is not known here whether this was done: run the cell again to see.";
export const LOST =
  "The answer was lost on its way from the kernel. Check whether this was done before you try again.";

/** A message of Python's: an answer to the request of this id, or, with id "", news. */
export interface Message {
  kind: string;
  id: string;
}

interface Waiting<M> {
  settle(answer: M): void;
  busy: (() => void) | undefined;
  /** Seconds. */
  age: number;
  /** Hellos that did not tell of it, though it was sent before them. */
  untold: number;
}

export interface Requests<M> {
  /** Ask; `send` says whether the question could be sent. */
  ask(id: string, send: () => boolean, busy?: () => void): Promise<M>;
  /** An answer has come. */
  settle(id: string, answer: M): void;
  refuseAll(): void;
  /** A second has passed. Returns whether a request has been waiting for long. */
  grow(): boolean;
  /** Tell whoever waits that the kernel is busy. */
  tellBusy(): void;
  /** The ids of those that have been waiting for long. */
  long(): string[];
  /** Python has been asked what it is working on, and did not tell of this one. */
  miss(id: string): void;
}

export function createRequests<M extends Message>(): Requests<M> {
  const waiting = new Map<string, Waiting<M>>();

  function settle(id: string, answer: M) {
    const one = waiting.get(id);
    waiting.delete(id);
    one?.settle(answer);
  }

  function refuse(id: string, message: string) {
    settle(id, { kind: "reply", id, ok: false, message } as unknown as M);
  }

  const long = () => [...waiting].filter(([, { age }]) => age >= LONG).map(([id]) => id);
  return {
    ask: (id, send, busy) =>
      new Promise((resolve) => {
        waiting.set(id, { settle: resolve, busy, age: 0, untold: 0 });
        if (!send()) refuse(id, NO_KERNEL);
      }),
    settle,
    refuseAll: () => {
      for (const id of [...waiting.keys()]) refuse(id, NO_KERNEL);
    },
    grow: () => {
      for (const one of waiting.values()) one.age += 1;
      return long().length > 0;
    },
    tellBusy: () => {
      for (const one of waiting.values()) {
        one.busy?.();
        one.busy = undefined;
      }
    },
    long,
    miss: (id) => miss(waiting.get(id), () => refuse(id, LOST)),
  };
}

function miss<M>(one: Waiting<M> | undefined, refuse: () => void) {
  if (!one) return;
  one.untold += 1;
  // Answers come from several threads: the first of these may have overtaken this one's.
  if (one.untold > 1) refuse();
}

interface Refusal {
  kind: "reply";
  ok: false;
  message: string;
}

/** Whether it was not done, by Python's word or because no answer came; the message says why. */
export function isRefused<M extends Message>(answer: M): answer is M & Refusal {
  return answer.kind === "reply" && !(answer as unknown as Refusal).ok;
}
