/** All that a view and its model say to each other: traits, requests, news. */
import type { AnyModel } from "@anywidget/types";
import { signal } from "@preact/signals";
import type { Hello } from "../contract";
import { createHeart, type Heart } from "./heart";
import { newId } from "./id";
import { createRequests, type Message } from "./requests";
import { type SyncedTraits, syncTraits } from "./traits";

export interface Terms<T, E extends keyof T, M extends Message> {
  /** What a trait holds until Python says more; also fills keys that are missing. */
  empty: T;
  /** The traits that the view writes, too. */
  edited: readonly E[];
  /** The messages that are listened to. */
  kinds: readonly M["kind"][];
}

/** @typeParam E what the view may write; @typeParam Q requests; @typeParam M messages of Python's */
export interface Sync<T, E extends keyof T, Q extends Message, M extends Message>
  extends SyncedTraits<T, E> {
  /**
   * Ask Python. The answer is a refusal where there will be none. `busy` is called once where
   * it has to wait for a kernel that is busy.
   */
  ask(request: Q, busy?: () => void): Promise<M>;
  /** Called with what Python says unasked. */
  onPush(listener: (message: M) => void): void;
  heart: Heart;
}

export function createSync<
  T extends Record<keyof T, unknown>,
  E extends keyof T & string,
  Q extends Message,
  M extends Message,
>(model: AnyModel<T>, { empty, edited, kinds }: Terms<T, E, M>): Sync<T, E, Q, M> {
  const news = signal(0);
  const isNews = () => {
    news.value += 1;
  };
  const synced = syncTraits(model, empty, edited, isNews);
  const requests = createRequests<M>();
  const send = createSend(model);
  const { takeHello, ...heart } = createHeart(model, requests, news, send);
  const pushed = new Set<(message: M) => void>();

  const onMessage = (content: unknown) => {
    const message = content as Partial<M> | null;
    if (!message?.kind || !kinds.includes(message.kind)) return;
    isNews();
    const id = String(message.id ?? "");
    if (message.kind === "hello") takeHello(message as unknown as Hello);
    requests.settle(id, message as M);
    if (id === "") for (const listener of pushed) listener(message as M);
  };
  model.on("msg:custom", onMessage);

  return {
    ...synced,
    ask: (request, busy) => requests.ask(request.id, () => send(request), busy),
    onPush: (listener) => void pushed.add(listener),
    heart,
    stop: () => {
      synced.stop();
      model.off("msg:custom", onMessage);
      pushed.clear();
      requests.refuseAll();
    },
  };
}

/** What sends a message in this view's name; it returns false where the page knows of a dead kernel. */
function createSend<T extends Record<keyof T, unknown>>(model: AnyModel<T>) {
  /** By which Python tells the views of the widget apart. */
  const view = newId();
  return (message: Message): boolean => {
    try {
      model.send({ ...message, view });
    } catch {
      return false;
    }
    return true;
  };
}
