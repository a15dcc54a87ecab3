import type { OpenJob } from "../../../monitor/open_job";
import { Band } from "../../parts/Band";

/** Why a job failed, where that is known, and the rule that said so. */
export function CauseBand({ job }: { job: OpenJob }) {
  const details = job.details.value;
  if (details?.view.outcome !== "failed") return null;
  const { cause, view } = details;
  if (!cause)
    return (
      <Band tone="err" icon="✕">
        <p class="b-title">{view.meaning || "The job failed."}</p>
      </Band>
    );
  return (
    <Band tone="err" icon="✕">
      <p class="b-title">{cause.headline}</p>
      {(cause.detail || cause.advice) && (
        <p class="b-detail">{[cause.detail, cause.advice].filter(Boolean).join(" ")}</p>
      )}
      {cause.evidence && (
        <p class="b-evidence">
          <code dir="auto">{cause.evidence}</code>
        </p>
      )}
      {cause.rule && <p class="b-hint">Found by the rule “{cause.rule}”.</p>}
    </Band>
  );
}
