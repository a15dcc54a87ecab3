import { useSignal } from "@preact/signals";
import type { Details } from "../../../monitor/contract";
import { useMonitor } from "../../../monitor/monitor";
import { outcomeOf } from "../../../monitor/rows";
import { CopyId } from "../../job/CopyId";
import { JobCard } from "../../job/JobCard";
import { JsonButton } from "../../job/JsonButton";
import { RawJson } from "../../job/RawJson";
import { TextTerm } from "../../job/Term";

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
        <Known name="System" value={view.system} />
        <Known name="Owner" value={owner} />
        <Known name="Outcome" value={view.outcome && outcomeOf({ ...view, is_over: true })} />
        <Known name="Results" value={place} />
      </JobCard>
      <div class="b-actions b-below">
        <CopyId job={view.job_id} />
        <JsonButton isOpen={raw} controls={id} />
      </div>
      {raw.value && <RawJson id={id} value={details.job} />}
    </div>
  );
}

/** A term, where it comes to anything. */
export function Known({ name, value }: { name: string; value: string }) {
  return value ? <TextTerm name={name} value={value} /> : null;
}
