import { useMonitor } from "../../../monitor/monitor";
import type { OpenJob } from "../../../monitor/open_job";
import type { Tab } from "../../../monitor/tabs";
import { CodeToCopy } from "../../parts/CodeToCopy";
import { Tabs } from "../../parts/Tabs";
import { WhileHeard } from "../../parts/WhileHeard";
import { FilesTab } from "../files/FilesTab";
import { CauseBand } from "./CauseBand";
import { JobHead } from "./JobHead";
import { OutputTab } from "./OutputTab";
import { OverviewTab } from "./OverviewTab";
import { RecordTab } from "./RecordTab";

/** All that is known of the selected job. */
export function JobDetails() {
  const monitor = useMonitor();
  const job = monitor.open.value;
  if (!job) return null;
  const row = monitor.jobs.of(job.key);
  const view = job.details.value?.view;
  const title = row?.title || view?.title || "(no title)";
  const close = () => {
    monitor.select("");
    monitor.focus.to("table");
  };
  return (
    <section
      class="b-details"
      aria-label={`Job ${title}`}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        close();
      }}
    >
      <WhileHeard>
        <JobHead key={job.key} job={job} title={title} onClose={close} />
        <Tabs<Tab>
          label="Details"
          tabs={tabsOf(job)}
          chosen={job.tab.value}
          onChoose={job.chooseTab}
        >
          <Shown key={`${job.key} ${job.tab.value}`} job={job} />
        </Tabs>
        <CodeToCopy />
      </WhileHeard>
    </section>
  );
}

function tabsOf({ results }: OpenJob): { name: Tab; label: string }[] {
  const files = results.files.value;
  return [
    { name: "overview", label: "Overview" },
    { name: "output", label: "Output" },
    { name: "files", label: files ? `Files (${files.files.length})` : "Files" },
    { name: "record", label: "Record" },
  ];
}

function Shown({ job }: { job: OpenJob }) {
  const details = job.details.value;
  const tab = job.tab.value;
  if (!details && (tab === "overview" || tab === "record"))
    return <p class="b-hint b-pad">{job.notice.value.words ? "" : "Reading…"}</p>;
  return (
    <>
      {details?.error && <p class="b-warning b-pad">△ {details.error}</p>}
      {(tab === "overview" || tab === "output") && <CauseBand job={job} />}
      {tab === "overview" && details && <OverviewTab details={details} />}
      {tab === "output" && <OutputTab job={job} />}
      {tab === "files" && <FilesTab results={job.results} />}
      {tab === "record" && details && <RecordTab record={details.record} />}
    </>
  );
}
