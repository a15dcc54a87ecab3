import type { JobView } from "../../contract";
import { useClock } from "../../page/clock";
import { useSurface } from "../../page/surface";
import { readMoment, writeClock, writeExact } from "../../text/dates";
import { writeSpan } from "../../text/quantities";

const OVER = { succeeded: "b-good", failed: "b-failed", cancelled: "b-ended", "": "" } as const;

/** The job's way: stages seen with their time, the present one, and those that usually follow. */
export function StageChips({ job }: { job: JobView }) {
  const { isShut } = useSurface();
  const goesOn = !job.is_lost && !job.outcome;
  const time = useClock(Date.now, goesOn && !isShut.value);
  // Where no kernel answers, nobody knows for how long the stage went on.
  const now = isShut.value ? (readMoment(job.checked)?.getTime() ?? time) : time;
  const sent = readMoment(job.submitted);
  const { past, present, ahead } = wayOf(job);
  return (
    <ol class="b-steps" aria-label="Stages">
      {sent && (
        <li class="b-chip b-seen" title={writeExact(sent)}>
          Sent {writeClock(sent)}
        </li>
      )}
      {past.map(({ stage, at }, place) => (
        // A stage can be seen twice: its place is part of what it is.
        <li key={`${place} ${stage}`} class="b-chip b-seen" title={exactOf(at)}>
          <bdi>{stage}</bdi> {clockOf(at)}
        </li>
      ))}
      {present.stage && (
        <li
          class={`b-chip ${OVER[job.outcome] || (goesOn ? "b-now" : "b-ended")}`}
          aria-current="step"
          title={exactOf(present.at)}
        >
          <bdi>{present.stage}</bdi>
          {timeOf(present.at, goesOn ? now : null)}
        </li>
      )}
      {ahead.map((stage) => (
        <li key={stage} class="b-chip b-ahead" dir="auto">
          {stage}
        </li>
      ))}
    </ol>
  );
}

/** For how long the stage goes on (`now`: milliseconds since 1970), or when it began. */
function timeOf(at: string, now: number | null): string {
  const since = readMoment(at);
  if (!since) return "";
  return now === null ? ` ${writeClock(since)}` : ` · ${writeSpan(now - since.getTime())}`;
}

interface Way {
  past: JobView["seen"];
  present: { stage: string; at: string };
  ahead: string[];
}

/** Stages that nobody knows are part of the way, too; what follows them is counted from the last known. */
function wayOf(job: JobView): Way {
  const seen = job.seen ?? [];
  const last = seen.at(-1);
  const current = last && (!job.stage || last.stage === job.stage) ? last : null;
  const past = current ? seen.slice(0, -1) : seen;
  const present = current ?? { stage: job.stage, at: "" };
  const stages = job.stages ?? [];
  const known = [...past, present]
    .map(({ stage }) => stages.indexOf(stage))
    .filter((at) => at >= 0);
  const ahead = job.outcome ? [] : stages.slice((known.at(-1) ?? -1) + 1);
  return { past, present, ahead };
}

function clockOf(at: string): string {
  const moment = readMoment(at);
  return moment ? writeClock(moment) : at;
}

function exactOf(at: string): string {
  const moment = readMoment(at);
  return moment ? writeExact(moment) : at;
}
