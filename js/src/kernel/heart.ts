/** What tells whether a kernel answers; liveness.ts judges by it. */
import type { AnyModel } from "@anywidget/types";
import { type ReadonlySignal, signal } from "@preact/signals";
import type { Bye, Hello } from "../contract";
import { type Host, hostOf } from "./host";
import { newId } from "./id";
import type { Message, Requests } from "./requests";

export interface Heart {
  /** Grows with all that can only have come from Python. */
  news: ReadonlySignal<number>;
  /** The last answer to a hello; null before the first. */
  hello: ReadonlySignal<Hello | null>;
  host: Host;
  /** Ask whether Python is there, and what it is working on. What it is not is refused as lost. */
  greet(): void;
  /**
   * Tell Python that this view goes.
   *
   * @param isGone its output is gone as well
   */
  leave(isGone: boolean): void;
  /** Called as the page says that the kernel has forgotten the widget. Returns what ends this. */
  onCut(listener: () => void): () => void;
  /** To be called each second. Returns whether a request has been waiting for long. */
  grow(): boolean;
  /** Tell whoever waits that the kernel is busy. */
  tellBusy(): void;
  /** No kernel answers: neither will the requests that wait be answered. */
  refuseAll(): void;
}

/** @param send says whether the message could be sent */
export function createHeart<T extends Record<keyof T, unknown>, M>(
  model: AnyModel<T>,
  requests: Requests<M>,
  news: ReadonlySignal<number>,
  send: (message: Message | Bye) => boolean,
): Heart & { takeHello(answer: Hello): void } {
  const hello = signal<Hello | null>(null);
  /** By the id of a hello, the requests that had waited for long before it. */
  const before = new Map<string, string[]>();
  return {
    news,
    hello,
    host: hostOf(model),
    greet: () => {
      const id = newId();
      before.set(id, requests.long());
      send({ kind: "hello", id });
    },
    takeHello: (answer) => {
      const asked = before.get(answer.id) ?? [];
      before.clear(); // older ones would tell nothing new
      for (const id of asked) if (!answer.under_way.includes(id)) requests.miss(id);
      hello.value = answer;
    },
    leave: (isGone) => void send({ kind: "bye", id: newId(), is_gone: isGone }),
    onCut: (listener) => {
      model.on("comm_live_update", listener);
      return () => model.off("comm_live_update", listener);
    },
    grow: requests.grow,
    tellBusy: requests.tellBusy,
    refuseAll: requests.refuseAll,
  };
}
