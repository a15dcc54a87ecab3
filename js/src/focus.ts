/** Where the focus is, and where it goes. It is never taken from elsewhere on the page. */

export interface Focus {
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

  const active = () => (root?.getRootNode() as Document | ShadowRoot | undefined)?.activeElement;
  const isNowhere = () => {
    const element = active();
    return !element || (root !== null && element !== root && element.contains(root));
  };

  function to(name: string): boolean {
    const element = root?.querySelector<HTMLElement>(`[id="${id(name)}"]`);
    element?.focus();
    return Boolean(element);
  }

  function within(part: HTMLElement | null): HTMLElement | null {
    const element = active() ?? null;
    return part?.contains(element) ? (element as HTMLElement) : null;
  }

  function isFree(): boolean {
    return isNowhere() || root === null || root.contains(active() ?? null);
  }

  function rescue(leaving: HTMLElement | null, homes: readonly string[]) {
    if (leaving === null || !leaving.contains(active() ?? null)) return;
    // After the rendering, which may have put the focus somewhere itself.
    setTimeout(() => {
      if (isNowhere()) homes.some(to);
    });
  }

  return {
    attach: (element) => {
      root = element;
    },
    to,
    within,
    isFree,
    rescue,
  };
}
