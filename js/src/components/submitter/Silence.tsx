import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { NO_KERNEL, RUN_AGAIN } from "../../kernel/liveness";
import { useSurface } from "../../page/surface";
import { usePanel } from "../../submitter/panel";
import { Moment } from "../parts/Moment";

/** Above all else where no kernel answers: what is shown is the past. */
export function Silence() {
  const { liveness, job, traits } = usePanel();
  const life = liveness.value;
  if (life !== "silent" && life !== "gone") return null;
  const at = job.value?.checked || traits.known_at.value;
  return (
    <div class="b-note b-off" role="status">
      <span class="b-icon" aria-hidden="true">
        –
      </span>
      <div class="b-grow b-said">
        <p class="b-title">{NO_KERNEL[life]}</p>
        <p class="b-detail">
          {at && (
            <>
              This shows what was known at <Moment at={at} />.{" "}
            </>
          )}
          {RUN_AGAIN[life]}
        </p>
      </div>
    </div>
  );
}

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
