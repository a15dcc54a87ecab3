import { useCallback } from "preact/hooks";
import { type Monitor, useMonitor } from "../../monitor/monitor";
import { Frame } from "../parts/Frame";
import { LiveRegion, type News } from "../parts/LiveRegion";
import { NoticeToggle } from "../parts/NoticeToggle";
import { TokenField } from "../parts/TokenField";
import { Bands } from "./Bands";
import { JobDetails } from "./details/JobDetails";
import { Emptiness } from "./Emptiness";
import { MonitorHead } from "./MonitorHead";
import { Quotas } from "./Quotas";
import { Tools } from "./Tools";
import { JobTable } from "./table/JobTable";

export function MonitorView() {
  const monitor = useMonitor();
  const read = useCallback(() => newsOf(monitor), [monitor]);
  return (
    <Frame label="Jobs">
      <div class="b-jobs">
        <MonitorHead />
        <Token />
        <Bands />
        <Tools />
        <Jobs />
        <JobDetails />
        <Foot />
        <LiveRegion read={read} />
      </div>
    </Frame>
  );
}

function Jobs() {
  const { table } = useMonitor();
  return table.shown.value.length > 0 ? <JobTable /> : <Emptiness />;
}

function Token() {
  const monitor = useMonitor();
  if (!monitor.isLive.value) return null;
  return (
    <TokenField
      connection={monitor.traits.connection.value}
      error={monitor.tokenNotice.value}
      onUse={(token) => monitor.useToken(token)}
    />
  );
}

function Foot() {
  const { notices, isLive, jobs } = useMonitor();
  return (
    <>
      {isLive.value && jobs.entries.value && (
        <div class="b-jobs-foot">
          <NoticeToggle notices={notices} label="Tell me when a job is done" />
        </div>
      )}
      <Quotas />
    </>
  );
}

/** What changes on the selected job. */
function newsOf({ traits, jobs }: Monitor): News {
  const selected = traits.selected.value;
  const entry = selected ? jobs.of(selected) : undefined;
  if (!entry) return { about: "", key: "", words: "" };
  const { stage, meaning, outcome } = entry.row;
  return {
    about: selected,
    key: `${stage}\n${outcome}`,
    words: [entry.title, meaning || stage].filter(Boolean).join(": "),
  };
}
