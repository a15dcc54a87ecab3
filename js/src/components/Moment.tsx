import { readMoment, writeMoment } from "../dates";

/** A moment in local time, with the original at hand; what is no moment is shown as it is. */
export function Moment({ at }: { at: string }) {
  const moment = readMoment(at);
  if (!moment) return <>{at}</>;
  return (
    <time dateTime={at} title={at}>
      {writeMoment(moment)}
    </time>
  );
}
