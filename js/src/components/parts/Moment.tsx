import { readMoment, writeExact, writeMoment } from "../../text/dates";

/** A moment in the reader's own time, its zone on hover; what is no moment is shown as it is. */
export function Moment({ at }: { at: string }) {
  const moment = readMoment(at);
  if (!moment) return <>{at}</>;
  return (
    <time dateTime={at} title={writeExact(moment)}>
      {writeMoment(moment)}
    </time>
  );
}

/** Moments in a sentence of Python's, which knows the reader's zone as little as the service. */
const IN_WORDS = /(\d{4}-\d{2}-\d{2} \d{2}:\d{2}(?::\d{2})? UTC)/;

/** A sentence; the moments in it in the reader's own time. */
export function Words({ text }: { text: string }) {
  return (
    <>
      {text.split(IN_WORDS).map((part, place) =>
        // A place in a fixed sentence is its key.
        place % 2 ? <Moment key={String(place)} at={part.replace(" UTC", "Z")} /> : part,
      )}
    </>
  );
}
