/**
 * The only file that talks to the model: traits become signals, changes go back, requests
 * wait here for their answer.
 */
import type { AnyModel } from "@anywidget/types";
import { batch, type ReadonlySignal, type Signal, signal } from "@preact/signals";

/** Milliseconds after which typing is passed on; leaving the input passes it on at once. */
const TYPING = 120;
/** Milliseconds without an answer after which the kernel counts as busy or gone. */
export const PATIENCE = 10_000;

export type Synced<T> = { readonly [K in keyof T]: ReadonlySignal<T[K]> };

/** A message of Python's: an answer to the request of this id, or, with id "", news. */
export interface Message {
  kind: string;
  id: string;
}

export interface Terms<T, E extends keyof T, M extends Message> {
  /** What a trait holds until Python says more; also fills keys that are missing. */
  empty: T;
  /** The traits that the view writes, too. */
  edited: readonly E[];
  /** The messages that are listened to. */
  kinds: readonly M["kind"][];
}

/** @typeParam E what the view may write; @typeParam Q requests; @typeParam M messages of Python's */
export interface Sync<T, E extends keyof T, Q extends Message, M extends Message> {
  traits: Synced<T>;
  /** Grows with all that can only have come from Python. */
  news: ReadonlySignal<number>;
  /** Set traits at once here, and in Python at once or (`soon`) after a pause in typing. */
  edit(changes: Partial<Pick<T, E>>, when?: "now" | "soon"): void;
  /** Pass on what still waits for a pause in typing. */
  flush(): void;
  /** Ask Python. `slow` is called once if no answer came in time; a late one still counts. */
  ask(request: Q, slow?: () => void): Promise<M>;
  /** Called with what Python says unasked. */
  onPush(listener: (message: M) => void): void;
  stop(): void;
}

export function newId(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  // Pages that came over plain http have no randomUUID.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function createSync<
  T extends Record<keyof T, unknown>,
  E extends keyof T & string,
  Q extends Message,
  M extends Message,
>(model: AnyModel<T>, { empty, edited, kinds }: Terms<T, E, M>): Sync<T, E, Q, M> {
  const names = Object.keys(empty) as (keyof T & string)[];
  const signals = Object.fromEntries(
    names.map((name) => [name, signal(read(model, empty, name))]),
  ) as unknown as { [K in keyof T]: Signal<T[K]> };
  const news = signal(0);
  const waiting = new Map<string, (answer: M) => void>();
  const pushed = new Set<(message: M) => void>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let unsaved: ReturnType<typeof setTimeout> | undefined;

  const listeners = names.map((name) => {
    const isOurs = (edited as readonly string[]).includes(name); // or another view's on the page
    const listener = () => {
      (signals[name] as Signal<unknown>).value = read(model, empty, name);
      if (!isOurs) news.value += 1;
    };
    model.on(`change:${name}`, listener);
    return [name, listener] as const;
  });
  const onMessage = (content: unknown) => {
    const message = content as Partial<M> | null;
    if (!message?.kind || !kinds.includes(message.kind)) return;
    news.value += 1;
    const id = String(message.id ?? "");
    const settle = waiting.get(id);
    waiting.delete(id);
    settle?.(message as M);
    if (id === "") for (const listener of pushed) listener(message as M);
  };
  model.on("msg:custom", onMessage);

  function flush() {
    if (unsaved === undefined) return;
    clearTimeout(unsaved);
    unsaved = undefined;
    model.save_changes();
  }

  function edit(changes: Partial<Pick<T, E>>, when: "now" | "soon" = "now") {
    batch(() => {
      for (const name of edited) {
        const value = changes[name];
        if (value === undefined) continue;
        model.set(name, value);
        (signals[name] as Signal<unknown>).value = value;
      }
    });
    clearTimeout(unsaved);
    unsaved = setTimeout(flush, TYPING);
    if (when === "now") flush();
  }

  function ask(request: Q, slow?: () => void): Promise<M> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => slow?.(), PATIENCE);
      timers.add(timer);
      waiting.set(request.id, (answer) => {
        clearTimeout(timer);
        timers.delete(timer);
        resolve(answer);
      });
      try {
        model.send(request);
      } catch {
        // A dead kernel: to the one who waits it is one that does not answer.
      }
    });
  }

  function stop() {
    flush();
    for (const [name, listener] of listeners) model.off(`change:${name}`, listener);
    model.off("msg:custom", onMessage);
    for (const timer of timers) clearTimeout(timer);
    waiting.clear();
    pushed.clear();
  }

  const onPush = (listener: (message: M) => void) => void pushed.add(listener);
  return { traits: signals, news, edit, flush, ask, onPush, stop };
}

function read<T, K extends keyof T & string>(model: AnyModel<T & object>, all: T, name: K): T[K] {
  const empty = all[name];
  const value = model.get(name as never) as T[K] | undefined | null;
  if (value === undefined || value === null) return empty;
  if (typeof empty === "object" && !Array.isArray(empty))
    return { ...(empty as object), ...(value as object) } as T[K];
  return value;
}
