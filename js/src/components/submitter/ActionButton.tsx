import { useRescue } from "../../page/surface";
import type { Action } from "../../submitter/contract";

interface Props {
  action: Action;
  homes: readonly string[];
  describedBy: string | undefined;
  isShut: boolean;
  onClick: () => void;
}

export function ActionButton({ action, homes, describedBy, isShut, onClick }: Props) {
  const button = useRescue<HTMLButtonElement>(homes);
  return (
    // Not `disabled`: the button would drop the keyboard's focus while it waits.
    <button
      ref={button}
      type="button"
      data-kind={action.kind}
      aria-disabled={isShut}
      aria-describedby={describedBy}
      onClick={onClick}
    >
      {action.label}
    </button>
  );
}
