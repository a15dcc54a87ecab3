/** Where the focus is, and where it goes. It is never taken from elsewhere on the page. */

const FOCUSABLE =
  ':is(a[href], button, input, select, textarea, summary, [tabindex="0"]):not(:disabled, [tabindex="-1"])';

export interface Focus {
  /** From now on the view is below `root`, and keeps the focus where its element goes. */
  attach(root: HTMLElement | null): void;
  /** To the panel's element of this name; false where there is none. */
  to(name: string): boolean;
  /** The element in `part` that has it; null where it is elsewhere. */
  within(part: HTMLElement | null): HTMLElement | null;
  /** Whether the focus is in the panel or nowhere. */
  isFree(): boolean;
  /** To be called as an element goes: if it has the focus, the first of `homes` gets it. */
  rescue(leaving: HTMLElement | null, homes: readonly string[]): void;
}

/** @param id the id of the panel's element of a name */
export function createFocus(id: (name: string) => string): Focus {
  let root: HTMLElement | null = null;
  let release = () => {};
  const active = () => activeIn(root);
  const isNowhere = () => isAround(root, active());

  function to(name: string): boolean {
    const element = root?.querySelector<HTMLElement>(`[id="${id(name)}"]`);
    element?.focus();
    return Boolean(element);
  }

  return {
    attach: (element) => {
      release();
      root = element;
      release = element ? keepWithin(element, isNowhere) : () => {};
    },
    to,
    within: (part) => {
      const element = active();
      return part?.contains(element) ? (element as HTMLElement) : null;
    },
    isFree: () => isNowhere() || root === null || root.contains(active()),
    rescue: (leaving, homes) => {
      if (!leaving?.contains(active())) return;
      // After the rendering, which may have put the focus somewhere itself.
      setTimeout(() => {
        if (isNowhere()) homes.some(to);
      });
    },
  };
}

/** What has the focus, in the page or the shadow that the view stands in. */
function activeIn(root: HTMLElement | null): Element | null {
  return (root?.getRootNode() as Document | ShadowRoot | undefined)?.activeElement ?? null;
}

/** Whether the focus is nowhere: on the page as a whole, or what else the view stands in. */
function isAround(root: HTMLElement | null, active: Element | null): boolean {
  return !active || (root !== null && active !== root && active.contains(root));
}

/**
 * Moves the focus to what is nearest where its element is taken out of the view: it would fall
 * to the page, and keys would go to the notebook. Returns what ends this.
 */
function keepWithin(root: HTMLElement, isNowhere: () => boolean): () => void {
  /** The element that has the focus, what it is in, and so on up to the root. */
  let path: HTMLElement[] = [];
  const onFocusIn = (event: FocusEvent) => {
    path = [];
    for (
      let at = event.target as HTMLElement | null;
      at;
      at = at === root ? null : at.parentElement
    )
      path.push(at);
  };
  // Some browsers tell of the focus's end as its element goes, others do not.
  const onFocusOut = () =>
    queueMicrotask(() => {
      if (path[0]?.isConnected) path = [];
    });
  const observer = new MutationObserver(() => {
    const place = path.find((element) => element.isConnected);
    if (place === undefined || place === path[0]) return;
    path = [];
    // After those who know of a better place.
    setTimeout(() => {
      if (isNowhere()) place.querySelector<HTMLElement>(FOCUSABLE)?.focus();
    });
  });
  root.addEventListener("focusin", onFocusIn);
  root.addEventListener("focusout", onFocusOut);
  observer.observe(root, { childList: true, subtree: true });
  return () => {
    observer.disconnect();
    root.removeEventListener("focusin", onFocusIn);
    root.removeEventListener("focusout", onFocusOut);
  };
}
