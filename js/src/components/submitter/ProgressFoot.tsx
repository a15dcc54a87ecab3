import { usePanel } from "../../submitter/panel";
import { ProgressBar } from "../parts/ProgressBar";

/** Of a submission that was under way as the kernel ended. */
const ENDED =
  "It is not known whether this goes on. Run the cell again: it shows whether there is a job.";

export function ProgressFoot() {
  const panel = usePanel();
  const { status } = panel.traits;
  const { busy, cancellable, done, total, message, detail } = status.value;
  const slow = panel.handingOver.value === "slow";
  const cancelling = panel.cancelling.value;
  const isShut = panel.isShut.value;
  const shut = cancelling || (busy ? !cancellable || isShut : !slow);
  const why = busy && !cancellable && !isShut ? detail || "Too late to cancel here" : "";
  return (
    <>
      <div class="b-grow b-progress">
        <ProgressBar label="Progress" done={done} total={busy ? total : 0} isStill={isShut} />
        <span class="b-hint">
          {busy ? message : "Sending to the kernel"}
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
