import { useMemo } from "preact/hooks";
import { useClock } from "../../page/clock";
import type { Status } from "../../submitter/contract";

const clock = () => performance.now();

/**
 * The seconds until the next look, counted from the moment the status came: the clocks of
 * kernel and browser may differ. Nothing of it is said aloud.
 */
export function NextLook({ status }: { status: Status }) {
  const due = useMemo(() => clock() + 1000 * status.next_look, [status]);
  const now = useClock(clock, due > clock(), due);
  // A status can be newer than the last tick.
  const seconds = Math.min(Math.round((due - now) / 1000), Math.round(status.next_look));
  return <span class="b-next"> {seconds > 0 ? `Next check in ${seconds} s.` : "Checking…"}</span>;
}
