import type { Action } from "../../contract";
import { useRescue } from "../../page/surface";

interface Props {
  kind: Action["kind"];
  label: string;
  homes: readonly string[];
  describedBy: string | undefined;
  isShut: boolean;
  onClick: () => void;
}

export function ActionButton({ kind, label, homes, describedBy, isShut, onClick }: Props) {
  const button = useRescue<HTMLButtonElement>(homes);
  return (
    // Not `disabled`: the button would drop the keyboard's focus while it waits.
    <button
      ref={button}
      type="button"
      data-kind={kind}
      aria-disabled={isShut}
      aria-describedby={describedBy}
      onClick={onClick}
    >
      {label}
    </button>
  );
}
