import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { useSurface } from "../../page/surface";

/**
 * What can be changed only while a kernel listens. What was typed stays, and so does the place
 * where it was typed: it has the focus again once the kernel is heard.
 */
export function WhileHeard({ children }: { children: ComponentChildren }) {
  const surface = useSurface();
  const { focus } = surface;
  const fields = useRef<HTMLFieldSetElement>(null);
  const left = useRef<HTMLElement | null>(null);
  const isShut = surface.isShut.value;
  useLayoutEffect(() => {
    if (isShut) left.current = focus.within(fields.current);
    else if (left.current && focus.isFree()) left.current.focus();
    if (!isShut) left.current = null;
  }, [isShut, focus]);
  return (
    <fieldset ref={fields} class="b-plain" role="presentation" disabled={isShut}>
      {children}
    </fieldset>
  );
}
