import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { keepKeys } from "../../page/keys";
import { useSurface } from "../../page/surface";

/** The box around a view: what the styles and the focus are held by. */
export function Frame({ label, children }: { label: string; children: ComponentChildren }) {
  const { focus } = useSurface();
  const root = useRef<HTMLElement>(null);
  useEffect(() => {
    focus.attach(root.current);
    const letKeys = root.current ? keepKeys(root.current) : () => {};
    return () => {
      letKeys();
      focus.attach(null);
    };
  }, [focus]);
  return (
    <section
      ref={root}
      class="bspsa"
      // Not the page's: our words are English wherever they stand.
      dir="ltr"
      lang="en"
      aria-label={label}
    >
      {children}
    </section>
  );
}
