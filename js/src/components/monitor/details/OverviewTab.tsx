import { useSignal } from "@preact/signals";
import type { Details } from "../../../monitor/contract";
import { useMonitor } from "../../../monitor/monitor";
import { outcomeOf } from "../../../monitor/rows";
import { JobCard } from "../../job/JobCard";
import { CopyId } from "../../parts/CopyId";
import { RawJson } from "../../parts/RawJson";

/** All fields, the stages as seen, and the service's response as it came. */
export function OverviewTab({ details }: { details: Details }) {
  const monitor = useMonitor();
  const raw = useSignal(false);
  const id = monitor.id("json");
  const { view, owner, input, place } = details;
  return (
    <div class="b-pad">
      {input.words && (
        <p class={input.state === "arrived" ? "b-hint" : "b-warning"}>
          {input.state === "arrived" ? "" : "△ "}
          {input.words}
        </p>
      )}
      <JobCard job={view}>
        <Term name="System" value={view.system} />
        <Term name="Owner" value={owner} />
        <Term name="Outcome" value={view.outcome && outcomeOf({ ...view, is_over: true })} />
        <Term name="Results" value={place} />
      </JobCard>
      <div class="b-actions b-below">
        <CopyId job={view.job_id} />
        <button
          type="button"
          aria-expanded={raw.value}
          aria-controls={id}
          onClick={() => {
            raw.value = !raw.value;
          }}
        >
          JSON
        </button>
      </div>
      {raw.value && <RawJson id={id} value={details.job} />}
    </div>
  );
}

export function Term({ name, value }: { name: string; value: string }) {
  if (!value) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd dir="auto" class="b-value" title={value}>
        {value}
      </dd>
    </>
  );
}
