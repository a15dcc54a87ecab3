import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { usePanel } from "../panel";
import { Moment } from "./Moment";

/** Above all else where no kernel answers: what is shown is the past. */
export function Silence() {
  const { silent, job, traits } = usePanel();
  if (!silent.value) return null;
  const at = job.value?.checked || traits.known_at.value;
  return (
    <div class="b-note b-off" role="status">
      <span class="b-icon" aria-hidden="true">
        –
      </span>
      <div class="b-grow b-said">
        <p class="b-title">No kernel answers (it is busy, or not running).</p>
        {at && (
          <p class="b-detail">
            This shows what was known at <Moment at={at} />.
          </p>
        )}
      </div>
    </div>
  );
}

/**
 * What can be changed only while a kernel listens. What was typed stays, and so does the place
 * where it was typed: it has the focus again once the kernel is heard.
 */
export function WhileHeard({ children }: { children: ComponentChildren }) {
  const { silent, focus } = usePanel();
  const fields = useRef<HTMLFieldSetElement>(null);
  const left = useRef<HTMLElement | null>(null);
  const isShut = silent.value;
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
