/** What every view of ours has: a kernel or none, names, the focus, the clipboard, a voice. */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { createContext, type RefObject } from "preact";
import { useContext, useLayoutEffect, useRef } from "preact/hooks";
import { newId } from "../kernel/id";
import { isShut, type Liveness } from "../kernel/liveness";
import { createFocus, type Focus } from "./focus";

export interface Surface {
  liveness: ReadonlySignal<Liveness>;
  /** No kernel answers: what is shown is the past, and nothing can be done. */
  isShut: ReadonlySignal<boolean>;
  /** The id of an element of this view, unlike that of any other on the page. */
  id(name: string): string;
  focus: Focus;
  /** Said once to people who do not see the page. */
  announcement: ReadonlySignal<string>;
  announce(words: string): void;
  /** False where the clipboard is out of reach. */
  copy(text: string, said: string): Promise<boolean>;
  /** Code to copy by hand, where the clipboard is out of reach; "" where there is none. */
  codeToCopy: Signal<string>;
  copyCode(code: string, said: string): Promise<void>;
}

const Context = createContext<Surface | null>(null);
export const SurfaceProvider = Context.Provider;

export function useSurface(): Surface {
  const surface = useContext(Context);
  if (surface === null) throw new Error("There is no view around this component.");
  return surface;
}

/** For an element that goes while it may have the focus: the first of `homes` gets it then. */
export function useRescue<E extends HTMLElement>(homes: readonly string[]): RefObject<E | null> {
  const { focus } = useSurface();
  const element = useRef<E>(null);
  // As it was at first: when the element goes, the reference may be empty already.
  useLayoutEffect(() => {
    const leaving = element.current;
    return () => focus.rescue(leaving, homes);
  }, []);
  return element;
}

export function createSurface(liveness: ReadonlySignal<Liveness>): Surface {
  // Random, as each view on a page may run its own copy of this module.
  const prefix = `bspsa-${newId().slice(0, 8)}`;
  const id = (name: string) => `${prefix}-${name}`;
  const announcement = signal("");
  const codeToCopy = signal("");

  function announce(words: string) {
    announcement.value = ""; // the same words are said again
    announcement.value = words;
  }

  async function copy(text: string, said: string): Promise<boolean> {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      return false; // no permission, or a page over plain http
    }
    announce(said);
    return true;
  }

  async function copyCode(code: string, said: string) {
    codeToCopy.value = "";
    if (!(await copy(code, said))) codeToCopy.value = code;
  }

  return {
    liveness,
    isShut: computed(() => isShut(liveness.value)),
    id,
    focus: createFocus(id),
    announcement,
    announce,
    copy,
    codeToCopy,
    copyCode,
  };
}
