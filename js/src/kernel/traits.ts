/** The model's traits as signals; what the view changes goes back to the model. */
import type { AnyModel } from "@anywidget/types";
import { batch, type ReadonlySignal, type Signal, signal } from "@preact/signals";

/** Milliseconds after which typing is passed on; leaving the input passes it on at once. */
const TYPING = 120;

export type Synced<T> = { readonly [K in keyof T]: ReadonlySignal<T[K]> };
type Signals<T> = { [K in keyof T]: Signal<T[K]> };

export interface SyncedTraits<T, E extends keyof T> {
  traits: Synced<T>;
  /** Set traits at once here, and in Python at once or (`soon`) after a pause in typing. */
  edit(changes: Partial<Pick<T, E>>, when?: "now" | "soon"): void;
  /** Pass on what still waits for a pause in typing. */
  flush(): void;
  stop(): void;
}

/**
 * @param empty what a trait holds until Python says more; also fills keys that are missing
 * @param edited the traits that the view writes, too
 * @param onNews called as a trait changes that only Python writes
 */
export function syncTraits<T extends Record<keyof T, unknown>, E extends keyof T & string>(
  model: AnyModel<T>,
  empty: T,
  edited: readonly E[],
  onNews: () => void,
): SyncedTraits<T, E> {
  const names = Object.keys(empty) as (keyof T & string)[];
  const signals = Object.fromEntries(
    names.map((name) => [name, signal(read(model, empty, name))]),
  ) as unknown as Signals<T>;
  const stops = names.map((name) => {
    const isOurs = (edited as readonly string[]).includes(name); // or another view's on the page
    const listener = () => {
      (signals[name] as Signal<unknown>).value = read(model, empty, name);
      if (!isOurs) onNews();
    };
    model.on(`change:${name}`, listener);
    return () => model.off(`change:${name}`, listener);
  });
  const { edit, flush } = createEditing(model, signals, edited);
  return {
    traits: signals,
    edit,
    flush,
    stop: () => {
      flush();
      for (const stop of stops) stop();
    },
  };
}

function createEditing<T extends Record<keyof T, unknown>, E extends keyof T & string>(
  model: AnyModel<T>,
  signals: Signals<T>,
  edited: readonly E[],
): Pick<SyncedTraits<T, E>, "edit" | "flush"> {
  let unsaved: ReturnType<typeof setTimeout> | undefined;

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

  return { edit, flush };
}

function read<T, K extends keyof T & string>(model: AnyModel<T & object>, all: T, name: K): T[K] {
  const empty = all[name];
  const value = model.get(name as never) as T[K] | undefined | null;
  if (value === undefined || value === null) return empty;
  if (typeof empty === "object" && !Array.isArray(empty))
    return { ...(empty as object), ...(value as object) } as T[K];
  return value;
}
