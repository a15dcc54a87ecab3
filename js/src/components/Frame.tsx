import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useSurface } from "../surface";

/** The box around a view: what the styles and the focus are held by. */
export function Frame({ label, children }: { label: string; children: ComponentChildren }) {
  const { focus } = useSurface();
  const root = useRef<HTMLElement>(null);
  useEffect(() => {
    focus.attach(root.current);
    return () => focus.attach(null);
  }, [focus]);
  return (
    <section
      ref={root}
      class="bspsa"
      // Not the page's: our words are English wherever they stand.
      dir="ltr"
      lang="en"
      aria-label={label}
      onFocusIn={keepKeys}
    >
      {children}
    </section>
  );
}

/**
 * On a button or a list, JupyterLab would take letters and Enter as commands to the notebook
 * (it leaves text inputs alone). Lumino's own attribute stops that.
 */
function keepKeys(event: FocusEvent & { currentTarget: HTMLElement }) {
  const target = event.target as HTMLElement;
  const typing = target.matches("input, textarea");
  event.currentTarget.toggleAttribute("data-lm-suppress-shortcuts", !typing);
}
