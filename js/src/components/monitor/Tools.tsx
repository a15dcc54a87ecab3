import { useMonitor } from "../../monitor/monitor";
import type { Column } from "../../monitor/rows";

/** What is shown of all jobs, and in which order where there is no room for columns. */
export function Tools() {
  const monitor = useMonitor();
  const { table, traits, isLive, isRefreshing, notice } = monitor;
  const shut = !isLive.value || isRefreshing.value;
  const project = traits.project.value;
  return (
    <div class="b-tools">
      <input
        class="b-grow"
        type="search"
        dir="auto"
        aria-label="Filter by title, id or stage"
        placeholder="Filter by title, id or stage"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        value={table.text.value}
        onInput={(event) => {
          table.text.value = event.currentTarget.value;
        }}
      />
      <select
        aria-label="System"
        disabled={!isLive.value}
        value={traits.hpc.value}
        onChange={(event) => monitor.choose({ hpc: event.currentTarget.value, project: "" })}
      >
        <option value="">All systems</option>
        {traits.systems.value.map(({ id, label }) => (
          <option key={id} value={id}>
            {label}
          </option>
        ))}
      </select>
      {(table.projects.value.length > 1 || project) && (
        <select
          aria-label="Project"
          disabled={!isLive.value}
          value={project}
          onChange={(event) => monitor.choose({ project: event.currentTarget.value })}
        >
          <option value="">All projects</option>
          {table.projects.value.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      )}
      <StageSelect />
      <SortSelect />
      {/* Not `disabled`: the button would drop the keyboard's focus while it waits. */}
      <button type="button" aria-disabled={shut} onClick={() => !shut && monitor.refresh()}>
        Refresh
      </button>
      {notice.value && (
        <p class="b-msg b-wide" role="alert">
          ▲ {notice.value}
        </p>
      )}
    </div>
  );
}

function StageSelect() {
  const { table } = useMonitor();
  return (
    <select
      aria-label="Stage"
      value={table.show.value}
      onChange={(event) => {
        table.show.value = event.currentTarget.value;
      }}
    >
      <option value="">All stages</option>
      <option value="open">Open</option>
      <option value="succeeded">Done</option>
      <option value="failed">Failed</option>
      <option value="cancelled">Cancelled</option>
      <optgroup label="At the system">
        {table.stages.value.map((stage) => (
          <option key={stage} value={`stage:${stage}`}>
            {stage}
          </option>
        ))}
      </optgroup>
    </select>
  );
}

function SortSelect() {
  const { table } = useMonitor();
  const { column, isDown } = table.order.value;
  return (
    <select
      class="b-if-narrow"
      aria-label="Order"
      value={`${column} ${isDown}`}
      onChange={(event) => {
        const [chosen, down] = event.currentTarget.value.split(" ");
        table.order.value = { column: chosen as Column, isDown: down === "true" };
      }}
    >
      <option value="submitted true">Newest first</option>
      <option value="submitted false">Oldest first</option>
      <option value="title false">By title</option>
      <option value="title true">By title, Z first</option>
      <option value="stage false">By stage</option>
      <option value="stage true">By stage, Z first</option>
      <option value="outcome false">By outcome</option>
      <option value="outcome true">By outcome, Z first</option>
      <option value="runtime true">Longest first</option>
      <option value="runtime false">Shortest first</option>
    </select>
  );
}
