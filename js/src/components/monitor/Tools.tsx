import { useMonitor } from "../../monitor/monitor";
import type { Column } from "../../monitor/rows";
import { Alert } from "../parts/Alert";
import { Search } from "../parts/Search";
import { type Choices, Options, Select } from "../parts/Select";

const WORDS = "Filter by title, id or stage";
const STAGES: Choices = [
  ["", "All stages"],
  ["open", "Open"],
  ["succeeded", "Done"],
  ["failed", "Failed"],
  ["cancelled", "Cancelled"],
];
const ORDERS: Choices = [
  ["submitted true", "Newest first"],
  ["submitted false", "Oldest first"],
  ["title false", "By title"],
  ["title true", "By title, Z first"],
  ["stage false", "By stage"],
  ["stage true", "By stage, Z first"],
  ["outcome false", "By outcome"],
  ["outcome true", "By outcome, Z first"],
  ["runtime true", "Longest first"],
  ["runtime false", "Shortest first"],
];

/** What is shown of all jobs, and in which order where there is no room for columns. */
export function Tools() {
  const { table, isLive, isRefreshing, notice, refresh } = useMonitor();
  const shut = !isLive.value || isRefreshing.value;
  return (
    <div class="b-tools">
      <Search label={WORDS} placeholder={WORDS} text={table.text} />
      <SystemSelect />
      <ProjectSelect />
      <StageSelect />
      <SortSelect />
      {/* Not `disabled`: the button would drop the keyboard's focus while it waits. */}
      <button type="button" aria-disabled={shut} onClick={() => !shut && refresh()}>
        Refresh
      </button>
      <Alert words={notice.value} isWide />
    </div>
  );
}

function SystemSelect() {
  const { traits, isLive, choose } = useMonitor();
  return (
    <Select
      label="System"
      disabled={!isLive.value}
      value={traits.hpc.value}
      choices={[
        ["", "All systems"],
        ...traits.systems.value.map(({ id, label }) => [id, label] as const),
      ]}
      onChoose={(hpc) => choose({ hpc, project: "" })}
    />
  );
}

function ProjectSelect() {
  const { table, traits, isLive, choose } = useMonitor();
  const project = traits.project.value;
  const names = table.projects.value;
  if (names.length <= 1 && !project) return null;
  return (
    <Select
      label="Project"
      disabled={!isLive.value}
      value={project}
      choices={[["", "All projects"], ...names.map((name) => [name, name] as const)]}
      onChoose={(name) => choose({ project: name })}
    />
  );
}

function StageSelect() {
  const { show, stages } = useMonitor().table;
  return (
    <Select
      label="Stage"
      value={show.value}
      choices={STAGES}
      onChoose={(value) => {
        show.value = value;
      }}
    >
      <optgroup label="At the system">
        <Options choices={stages.value.map((stage) => [`stage:${stage}`, stage])} />
      </optgroup>
    </Select>
  );
}

function SortSelect() {
  const { order } = useMonitor().table;
  const { column, isDown } = order.value;
  return (
    <Select
      class="b-if-narrow"
      label="Order"
      value={`${column} ${isDown}`}
      choices={ORDERS}
      onChoose={(value) => {
        const [chosen, down] = value.split(" ");
        order.value = { column: chosen as Column, isDown: down === "true" };
      }}
    />
  );
}
