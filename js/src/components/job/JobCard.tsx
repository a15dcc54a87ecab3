import type { ComponentChildren } from "preact";
import type { JobView } from "../../contract";
import { Moment } from "../parts/Moment";
import { StageChips } from "./StageChips";

interface Props {
  job: JobView;
  /** Further terms and what they come to. */
  children?: ComponentChildren;
}

/** The job as people read it. */
export function JobCard({ job, children }: Props) {
  return (
    <>
      <StageChips job={job} />
      {job.meaning && <p class="b-hint">{job.meaning}</p>}
      {job.note && (
        <p class="b-warning">
          {job.note}
          {job.checked && (
            <>
              {" "}
              Last read <Moment at={job.checked} />.
            </>
          )}
        </p>
      )}
      <dl>
        <dt>Job</dt>
        <dd>
          <code>{job.job_id}</code>
        </dd>
        {job.title && (
          <>
            <dt>Title</dt>
            <dd dir="auto" class="b-value" title={job.title}>
              {job.title}
            </dd>
          </>
        )}
        {(job.project || job.runtime) && (
          <>
            <dt>Project</dt>
            <dd>
              <bdi>{job.project}</bdi>
              {job.project && job.runtime && " · "}
              {job.runtime && `runtime ${job.runtime}`}
            </dd>
          </>
        )}
        {job.submitted && (
          <>
            <dt>Submitted</dt>
            <dd>
              <Moment at={job.submitted} />
            </dd>
          </>
        )}
        {job.ended && (
          <>
            <dt>Ended</dt>
            <dd>
              <Moment at={job.ended} />
            </dd>
          </>
        )}
        {children}
      </dl>
    </>
  );
}
