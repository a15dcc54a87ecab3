import { useSignal } from "@preact/signals";
import type { JobView } from "../../contract";
import type { Status } from "../../submitter/contract";
import { usePanel } from "../../submitter/panel";
import { CopyId } from "../job/CopyId";
import { JobCard } from "../job/JobCard";
import { JsonButton } from "../job/JsonButton";
import { RawJson } from "../job/RawJson";
import { Words } from "../parts/Moment";
import { NoticeToggle } from "../parts/NoticeToggle";
import { Actions } from "./Actions";
import { NextLook } from "./NextLook";

type Tone = "ok" | "warn" | "err" | "off";
const ICONS: Record<Tone, string> = { ok: "✓", warn: "?", err: "✕", off: "–" };

/** Says first whether a job exists; then what became of it. */
export function OutcomeBand() {
  const panel = usePanel();
  const raw = useSignal(false);
  const status = panel.traits.status.value;
  const job = panel.job.value;
  if (!status.outcome && (!job || status.busy)) return null;

  const tone = toneOf(status.outcome, job);
  const id = panel.id("json");
  return (
    // It takes the focus where a button of it goes, so that the keyboard's place is not lost.
    <div class={`b-note b-${tone}`} id={panel.id("outcome")} tabIndex={-1}>
      <span class="b-icon" aria-hidden="true">
        {ICONS[tone]}
      </span>
      <div class="b-grow b-said">
        <StatusWords status={status} />
        {job && <JobCard job={job} />}
        {job && !job.outcome && !panel.isShut.value && (
          <NoticeToggle notices={panel.notices} label="Tell me when the job is done" />
        )}
        <Actions
          key={status.record}
          actions={status.actions}
          record={status.record}
          homes={["outcome", "submit"]}
        />
      </div>
      {job && (
        <div class="b-row b-buttons">
          <CopyId job={job.job_id} />
          <JsonButton isOpen={raw} controls={id} />
        </div>
      )}
      {job && raw.value && <RawJson id={id} value={panel.traits.job.value} />}
    </div>
  );
}

function StatusWords({ status }: { status: Status }) {
  const { isShut } = usePanel();
  const { headline, detail, step } = status;
  const looking = step === "reconciling";
  return (
    <>
      {headline && (
        <p class="b-title">
          <Words text={headline} />
        </p>
      )}
      {(detail || looking) && (
        <p class="b-detail">
          <Words text={detail} />
          {looking && !isShut.value && <NextLook status={status} />}
        </p>
      )}
    </>
  );
}

function toneOf(outcome: Status["outcome"], job: JobView | null): Tone {
  if (outcome === "unconfirmed") return "warn";
  if (outcome === "refused" || outcome === "not_sent") return "err";
  if (job?.is_lost) return "warn";
  if (job?.outcome === "failed") return "err";
  return job?.outcome === "cancelled" ? "off" : "ok";
}
