import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { useRescue, useSurface } from "../../page/surface";
import type { Action } from "../../submitter/contract";

interface Props {
  action: Pick<Action, "label" | "confirm">;
  /** The yes cannot be taken back. */
  isGrave: boolean;
  /** Where the focus goes if the question goes unanswered. */
  homes: readonly string[];
  isShut: boolean;
  /** It came by itself: the focus stays where it is. */
  isUnasked?: boolean;
  onYes: () => void;
  onNo: () => void;
}

/** Asks in place before something is done. What the focus is on does no harm; Esc means no. */
export function Question({
  action,
  isGrave,
  homes,
  isShut,
  isUnasked = false,
  onYes,
  onNo,
}: Props) {
  const surface = useSurface();
  const box = useRescue<HTMLDivElement>(homes);
  const safe = useRef<HTMLButtonElement>(null);
  const id = surface.id(`question-${useId()}`);
  useLayoutEffect(() => {
    if (!isUnasked) safe.current?.focus();
  }, []);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    onNo();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would need a legend in its border
    <div ref={box} class="b-question" role="group" aria-labelledby={id} onKeyDown={onKeyDown}>
      <p id={id}>{action.confirm}</p>
      <div class="b-actions">
        {/* The second half of a double click on what opened this is no answer. */}
        <button
          type="button"
          class={isGrave ? "b-danger" : ""}
          aria-disabled={isShut}
          aria-describedby={id}
          onClick={(event) => event.detail < 2 && onYes()}
        >
          {withoutDots(action.label)}
        </button>
        <button ref={safe} type="button" aria-describedby={id} onClick={onNo}>
          No, leave it
        </button>
      </div>
    </div>
  );
}

/** "Submit again…" asks; "Submit again" does it. */
function withoutDots(label: string): string {
  return label.replace(/(…|\.\.\.)$/, "");
}
