import type { JobRow } from "../../../monitor/contract";
import { useMonitor } from "../../../monitor/monitor";
import { readMoment } from "../../../text/dates";
import { writeHours, writeQuota } from "../../../text/quantities";

const MS = 3_600_000;

/** Whether there is anything to say. */
export function hasHours({ used, asked, running_since }: JobRow): boolean {
  return used !== null || asked !== null || running_since !== "";
}

/** "0.2 of 2.0 h"; counts on while the job runs. */
export function Hours({ row }: { row: JobRow }) {
  const since = row.is_over ? null : readMoment(row.running_since);
  if (since) return <Counting row={row} since={since.getTime()} />;
  return <>{words(row.used, row.asked)}</>;
}

function Counting({ row, since }: { row: JobRow; since: number }) {
  const { asOf } = useMonitor();
  const more = Math.max(0, asOf.value - since) / MS;
  return <>{words((row.used ?? 0) + more, row.asked)}</>;
}

function words(used: number | null, asked: number | null): string {
  if (used === null) return asked === null ? "" : `${writeHours(asked)} h asked`;
  const shown = used >= 100 ? writeQuota(used) : used.toFixed(1);
  return asked === null ? `${shown} h` : `${shown} of ${writeHours(asked)} h`;
}
