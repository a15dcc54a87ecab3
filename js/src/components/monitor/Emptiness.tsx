import { useMonitor } from "../../monitor/monitor";

/** Where there is no row to show: why, and what to do. */
export function Emptiness() {
  const { table, traits, isShut, jobs } = useMonitor();
  const { state, message } = traits.condition.value;
  if (table.all.value.length > 0)
    return (
      <div class="b-empty">
        <p>No job matches.</p>
        <button type="button" onClick={table.showAll}>
          Show all
        </button>
      </div>
    );
  if (isShut.value) return <p class="b-empty">Run the cell to see your jobs.</p>;
  if (jobs.problem.value) return <p class="b-empty b-msg">▲ {jobs.problem.value}</p>;
  if (state === "failed") return null;
  if (state === "loading" || jobs.entries.value === null)
    return (
      <p class="b-empty" role="status">
        {(state === "loading" && message) || "Reading your jobs"}…
      </p>
    );
  return (
    <div class="b-empty">
      <p class="b-title">You have no jobs yet.</p>
      <p class="b-hint">Submit one from a cell of this notebook; it shows up here by itself:</p>
      <pre class="b-raw">{"from bspsa_widgets import JobSubmitter\n\nJobSubmitter()"}</pre>
    </div>
  );
}
