/**
 * The only file that talks to the model: traits become signals, changes go back, requests
 * wait here for their answer.
 */
import type { AnyModel } from "@anywidget/types";
import { batch, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Hello } from "../contract";
import { type Host, hostOf } from "./host";

/** Milliseconds after which typing is passed on; leaving the input passes it on at once. */
const TYPING = 120;
/** Seconds after which it is asked whether a request is still being worked on. */
export const LONG = 10;

/** The answer to a request where there will be none. */
export const NO_KERNEL =
  "No kernel answers. It is not known here whether this was done: run the cell again to see.";
export const LOST =
  "The answer was lost on its way from the kernel. Look whether this was done before you try again.";

export type Synced<T> = { readonly [K in keyof T]: ReadonlySignal<T[K]> };

interface Waiting<M> {
  settle(answer: M): void;
  busy: (() => void) | undefined;
  /** Seconds. */
  age: number;
  /** Hellos that did not tell of it, though it was sent before them. */
  untold: number;
}

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
  /** Set traits at once here, and in Python at once or (`soon`) after a pause in typing. */
  edit(changes: Partial<Pick<T, E>>, when?: "now" | "soon"): void;
  /** Pass on what still waits for a pause in typing. */
  flush(): void;
  /**
   * Ask Python. The answer is a refusal where there will be none. `busy` is called once where
   * it has to wait for a kernel that is busy.
   */
  ask(request: Q, busy?: () => void): Promise<M>;
  /** Called with what Python says unasked. */
  onPush(listener: (message: M) => void): void;
  heart: Heart;
  stop(): void;
}

/** What tells whether a kernel answers; for liveness.ts. */
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
  const hello = signal<Hello | null>(null);
  const waiting = new Map<string, Waiting<M>>();
  /** By the id of a hello, the requests that had waited for long before it. */
  const before = new Map<string, string[]>();
  const pushed = new Set<(message: M) => void>();
  let unsaved: ReturnType<typeof setTimeout> | undefined;
  /** By which Python tells the views of the widget apart. */
  const view = newId();

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
    if (message.kind === "hello") takeHello(message as unknown as Hello);
    settle(id, message as M);
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

  function ask(request: Q, busy?: () => void): Promise<M> {
    return new Promise((resolve) => {
      waiting.set(request.id, { settle: resolve, busy, age: 0, untold: 0 });
      if (!send(request)) refuse(request.id, NO_KERNEL);
    });
  }

  /** False where the page knows of a dead kernel. */
  function send(content: Message & { is_gone?: boolean }): boolean {
    try {
      model.send({ ...content, view });
    } catch {
      return false;
    }
    return true;
  }

  function settle(id: string, answer: M) {
    const one = waiting.get(id);
    waiting.delete(id);
    one?.settle(answer);
  }

  function refuse(id: string, message: string) {
    settle(id, { kind: "reply", id, ok: false, message } as unknown as M);
  }

  function refuseAll() {
    for (const id of [...waiting.keys()]) refuse(id, NO_KERNEL);
  }

  function greet() {
    const id = newId();
    const ids = [...waiting.keys()];
    before.set(
      id,
      ids.filter((one) => (waiting.get(one)?.age ?? 0) >= LONG),
    );
    send({ kind: "hello", id });
  }

  function takeHello(answer: Hello) {
    const asked = before.get(answer.id) ?? [];
    before.clear(); // older ones would tell nothing new
    for (const id of asked) {
      const one = waiting.get(id);
      if (!one || answer.under_way.includes(id)) continue;
      one.untold += 1;
      // Answers come from several threads: the first of these may have overtaken this one's.
      if (one.untold > 1) refuse(id, LOST);
    }
    hello.value = answer;
  }

  const heart: Heart = {
    news,
    hello,
    host: hostOf(model),
    greet,
    leave: (isGone) => void send({ kind: "bye", id: newId(), is_gone: isGone }),
    onCut: (listener) => {
      model.on("comm_live_update", listener);
      return () => model.off("comm_live_update", listener);
    },
    grow: () => {
      for (const one of waiting.values()) one.age += 1;
      return [...waiting.values()].some(({ age }) => age >= LONG);
    },
    tellBusy: () => {
      for (const one of waiting.values()) {
        one.busy?.();
        one.busy = undefined;
      }
    },
    refuseAll,
  };

  function stop() {
    flush();
    for (const [name, listener] of listeners) model.off(`change:${name}`, listener);
    model.off("msg:custom", onMessage);
    pushed.clear();
    refuseAll();
  }

  const onPush = (listener: (message: M) => void) => void pushed.add(listener);
  return { traits: signals, edit, flush, ask, onPush, heart, stop };
}

function read<T, K extends keyof T & string>(model: AnyModel<T & object>, all: T, name: K): T[K] {
  const empty = all[name];
  const value = model.get(name as never) as T[K] | undefined | null;
  if (value === undefined || value === null) return empty;
  if (typeof empty === "object" && !Array.isArray(empty))
    return { ...(empty as object), ...(value as object) } as T[K];
  return value;
}
