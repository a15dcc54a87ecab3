import type { ComponentChildren } from "preact";
import type { JobView } from "../../contract";
import { Moment } from "../parts/Moment";
import { StageChips } from "./StageChips";
import { MomentTerm, Term, TextTerm } from "./Term";

interface Props {
  job: JobView;
  /** Further terms and what they come to. */
  children?: ComponentChildren;
}

/** The job as people read it. */
export function JobCard({ job, children }: Props) {
  const { job_id, title, project, runtime, submitted, ended } = job;
  return (
    <>
      <StageChips job={job} />
      {job.meaning && <p class="b-hint">{job.meaning}</p>}
      {job.note && <Note job={job} />}
      <dl>
        <Term name="Job">
          <code>{job_id}</code>
        </Term>
        {title && <TextTerm name="Title" value={title} />}
        {(project || runtime) && (
          <Term name="Project">
            <bdi>{project}</bdi>
            {project && runtime && " · "}
            {runtime && `runtime ${runtime}`}
          </Term>
        )}
        <MomentTerm name="Submitted" at={submitted} />
        <MomentTerm name="Ended" at={ended} />
        {children}
      </dl>
    </>
  );
}

function Note({ job: { note, checked } }: { job: JobView }) {
  return (
    <p class="b-warning">
      {note}
      {checked && (
        <>
          {" "}
          Last read <Moment at={checked} />.
        </>
      )}
    </p>
  );
}
