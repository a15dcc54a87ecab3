import { writeBytes } from "../../quantities";
import type { Downloaded } from "../contract";
import type { Results } from "../results";

/** What became of the last download, file by file. */
export function DownloadReport({ results }: { results: Results }) {
  const outcome = results.outcome.value;
  if (!outcome) return null;
  const { came, kept, left, skipped, error } = outcome;
  return (
    <div class="b-report" role="status">
      {error && <p class="b-msg">▲ {error}</p>}
      <p>{summaryOf(outcome)}</p>
      <ul>
        {came.map(({ name, path, size, verified }) => (
          <li key={name} class="b-hint">
            ✓ <bdi>{path || name}</bdi>, {writeBytes(size)}
            {!verified && (
              <span class="b-warning"> unverified: nobody said how long it has to be</span>
            )}
          </li>
        ))}
        {kept.map((name) => (
          <li key={name} class="b-hint">
            ✓ <bdi>{name}</bdi> was here already
          </li>
        ))}
        {left.map(({ name, reason }) => (
          <li key={name} class="b-warning">
            △ <bdi>{name}</bdi>: {reason}
          </li>
        ))}
        {skipped.map(({ name, reason }) => (
          <li key={name} class="b-hint">
            – <bdi>{name}</bdi>: {reason}
          </li>
        ))}
      </ul>
    </div>
  );
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
