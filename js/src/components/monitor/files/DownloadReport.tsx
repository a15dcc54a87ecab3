import type { Downloaded } from "../../../monitor/results/contract";
import type { Results } from "../../../monitor/results/results";
import { grouped, writeBytes } from "../../../text/quantities";

/** Lines that are told one by one; of the files that are here the list tells, too. */
const MOST = 100;

/** What became of the last download, file by file; what did not go well comes first. */
export function DownloadReport({ results }: { results: Results }) {
  const outcome = results.outcome.value;
  if (!outcome) return null;
  const lines = linesOf(outcome);
  return (
    <div class="b-report" role="status">
      {outcome.error && <p class="b-msg">▲ {outcome.error}</p>}
      <p>{summaryOf(outcome)}</p>
      <ul>
        {lines.slice(0, MOST).map(({ mark, name, words, doubt }) => (
          <li key={`${mark} ${name}`} class={mark === "△" ? "b-warning" : "b-hint"}>
            {mark} <bdi>{name}</bdi>
            {words}
            {doubt && <span class="b-warning"> {doubt}</span>}
          </li>
        ))}
        {lines.length > MOST && (
          <li class="b-hint">and {grouped(lines.length - MOST)} more: see the list above</li>
        )}
      </ul>
    </div>
  );
}

interface Line {
  mark: "△" | "–" | "✓";
  name: string;
  words: string;
  doubt?: string | false;
}

function linesOf({ came, kept, left, skipped }: Downloaded): Line[] {
  const doubt = "unverified: nobody said how long it has to be";
  return [
    ...left.map(({ name, reason }): Line => ({ mark: "△", name, words: `: ${reason}` })),
    ...skipped.map(({ name, reason }): Line => ({ mark: "–", name, words: `: ${reason}` })),
    ...came.map(
      ({ name, path, size, verified }): Line => ({
        mark: "✓",
        name: path || name,
        words: `, ${writeBytes(size)}`,
        doubt: !verified && doubt,
      }),
    ),
    ...kept.map((name): Line => ({ mark: "✓", name, words: " was here already" })),
  ];
}

function summaryOf({ came, kept, left, skipped, stopped }: Downloaded): string {
  const parts = [
    stopped && "Stopped.",
    `${came.length} downloaded`,
    kept.length > 0 && `${kept.length} here already`,
    left.length > 0 && `${left.length} not downloaded`,
    skipped.length > 0 && `${skipped.length} skipped`,
  ].filter(Boolean);
  return `${parts.join(", ").replace("Stopped.,", "Stopped:")}.`;
}
