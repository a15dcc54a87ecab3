import { usePanel } from "../../submitter/panel";

/** Of a submission that was under way as the kernel ended. */
const ENDED = "This is not known to go on. Run the cell again: it tells whether there is a job.";

export function ProgressFoot() {
  const panel = usePanel();
  const { status } = panel.traits;
  const { busy, cancellable, done, total, message, detail } = status.value;
  const slow = panel.handingOver.value === "slow";
  const cancelling = panel.cancelling.value;
  const isShut = panel.isShut.value;
  const known = busy && total > 0;
  const shut = cancelling || (busy ? !cancellable || isShut : !slow);
  const why = busy && !cancellable && !isShut ? detail || "Too late to cancel here" : "";
  return (
    <>
      <div class="b-grow b-progress">
        <div
          class={`b-bar${known || isShut ? "" : " b-endless"}`}
          role="progressbar"
          aria-label="Progress"
          {...(known ? { "aria-valuemin": 0, "aria-valuemax": total, "aria-valuenow": done } : {})}
        >
          <i style={known ? { width: `${Math.min(100, (100 * done) / total)}%` } : {}} />
        </div>
        <span class="b-hint">
          {busy ? message : "Handing over to the kernel"}
          {isShut && `. ${ENDED}`}
        </span>
        {why && (
          <span class="b-hint" id={panel.id("cancel-hint")}>
            {why}
          </span>
        )}
      </div>
      <button
        type="button"
        aria-disabled={shut}
        aria-describedby={why ? panel.id("cancel-hint") : undefined}
        onClick={() => !shut && panel.cancel()}
      >
        Cancel
      </button>
    </>
  );
}
