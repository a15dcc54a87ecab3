import { usePanel } from "../../submitter/panel";
import { KERNEL_BUSY } from "../../submitter/submit_request";
import { readNumber, writeHours, writeLeft } from "../../text/quantities";
import { Alert } from "../parts/Alert";
import { CodeToCopy } from "../parts/CodeToCopy";
import { ProgressFoot } from "./ProgressFoot";

/** What the job costs, and the buttons; while a submission is under way, how far it is. */
export function Foot() {
  const panel = usePanel();
  const { handingOver, footNotice } = panel;
  const slow = handingOver.value === "slow";
  return (
    <div class="b-foot">
      {panel.underWay.value ? <ProgressFoot /> : <Cost />}
      {/* Not `disabled`: the button would drop the keyboard's focus while it waits. */}
      <button
        type="button"
        id={panel.id("submit")}
        class="b-primary"
        aria-disabled={!panel.ready.value}
        onClick={() => panel.submit()}
      >
        Submit
      </button>
      {slow && (
        <p class="b-warning b-wide" role="alert">
          {KERNEL_BUSY}
        </p>
      )}
      <Alert words={footNotice.value} isWide />
      <CodeToCopy />
    </div>
  );
}

function Cost() {
  const panel = usePanel();
  const runtime = panel.traits.runtime.value;
  const hours = typeof runtime === "number" ? runtime : readNumber(runtime);
  const left = panel.quota.value?.hours_left ?? null;
  const isTooMuch = typeof hours === "number" && left !== null && hours > left;
  return (
    <>
      <span class={`b-grow b-hint${isTooMuch ? " b-warning" : ""}`}>
        {typeof hours === "number" && hours > 0 ? (
          <>
            {isTooMuch && "△ "}
            This job uses <b>{writeHours(hours)} h</b> of your{" "}
            {left === null ? "quota" : `about ${writeLeft(left)} h`}
          </>
        ) : (
          "The runtime is what a job uses of your quota"
        )}
      </span>
      <button type="button" class="b-link" onClick={() => panel.copyAsPython()}>
        Copy as Python
      </button>
    </>
  );
}
