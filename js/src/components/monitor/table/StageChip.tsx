import type { JobRow } from "../../../monitor/contract";
import { useMonitor } from "../../../monitor/monitor";
import { outcomeOf } from "../../../monitor/rows";
import { readMoment } from "../../../text/dates";
import { writeSpan } from "../../../text/quantities";

const TONES: Record<string, string> = {
  succeeded: "b-good",
  failed: "b-failed",
  cancelled: "b-ended",
};

/** The stage as the system calls it, and for how long it lasts; an end in its colour. */
export function StageChip({ row }: { row: JobRow }) {
  const goesOn = !row.is_lost && !row.is_over;
  const tone = goesOn ? "b-now" : (TONES[row.outcome] ?? "b-ended");
  const word = outcomeOf(row);
  return (
    <span class={`b-chip ${tone}`}>
      {row.outcome && word.toUpperCase() !== row.stage && <span class="b-if-tight">{word} · </span>}
      <span class="b-cut" dir="auto">
        {row.stage || "not known yet"}
      </span>
      {goesOn && <Span since={row.since} />}
    </span>
  );
}

function Span({ since }: { since: string }) {
  const { asOf } = useMonitor();
  const moment = readMoment(since);
  return moment && <span class="b-span"> · {writeSpan(asOf.value - moment.getTime())}</span>;
}
