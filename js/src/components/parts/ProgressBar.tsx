interface Props {
  label: string;
  done: number;
  /** 0: not known. */
  total: number;
  /** Nothing goes on, as far as is known. */
  isStill?: boolean;
}

/** How much is done; where that is not known, that something goes on. */
export function ProgressBar({ label, done, total, isStill = false }: Props) {
  const isKnown = total > 0;
  return (
    <div
      class={`b-bar${isKnown || isStill ? "" : " b-endless"}`}
      role="progressbar"
      aria-label={label}
      {...(isKnown ? { "aria-valuemin": 0, "aria-valuemax": total, "aria-valuenow": done } : {})}
    >
      <i style={isKnown ? { width: `${Math.min(100, (100 * done) / total)}%` } : {}} />
    </div>
  );
}
