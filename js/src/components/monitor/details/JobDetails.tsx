import { useSignal } from "@preact/signals";
import { useMonitor } from "../../../monitor/monitor";
import type { OpenJob } from "../../../monitor/open_job";
import { shortId } from "../../../monitor/rows";
import type { Tab } from "../../../monitor/tabs";
import { useRescue } from "../../../page/surface";
import { CodeToCopy } from "../../parts/CodeToCopy";
import { Question } from "../../parts/Question";
import { Tabs } from "../../parts/Tabs";
import { WhileHeard } from "../../submitter/Silence";
import { FilesTab } from "../files/FilesTab";
import { CauseBand } from "./CauseBand";
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
  const files = job.results.files.value;
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
          tabs={[
            { name: "overview", label: "Overview" },
            { name: "output", label: "Output" },
            { name: "files", label: files ? `Files (${files.files.length})` : "Files" },
            { name: "record", label: "Record" },
          ]}
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

interface HeadProps {
  job: OpenJob;
  title: string;
  onClose: () => void;
}

/** Whose details these are, and what ends it; asks first. */
function JobHead({ job, title, onClose }: HeadProps) {
  const { id, jobs, focus, isShut } = useMonitor();
  const asking = useSignal<"" | "cancel" | "delete">("");
  const details = job.details.value;
  const row = jobs.of(job.key)?.row;
  const can = { cancel: details?.can_cancel ?? false, delete: details?.can_delete ?? false };
  const what = asking.value && can[asking.value] ? asking.value : "";
  const { words, isBad } = job.notice.value;
  const leave = (button: string) => {
    asking.value = "";
    setTimeout(() => focus.to(button)); // it is there once the question is not
  };
  const open = (one: "cancel" | "delete") => {
    if (!job.isEnding.value) asking.value = one;
  };
  return (
    <div class="b-job-head">
      <div class="b-row b-wraps">
        <h3 class="b-cut b-grow" title={title}>
          <bdi>{title}</bdi>
          <span class="b-hint">{row && ` ${row.system} · ${shortId(row.job_id)}`}</span>
        </h3>
        {!what && <EndButton what="cancel" label="Cancel job…" job={job} onClick={open} />}
        {!what && <EndButton what="delete" label="Delete…" job={job} onClick={open} />}
        <button
          type="button"
          id={id("close")}
          class="b-link"
          aria-label="Close the details"
          onClick={onClose}
        >
          ✕
        </button>
      </div>
      {details && what && (
        <Question
          key={what}
          action={
            what === "cancel"
              ? { label: "Cancel the job", confirm: details.ask_cancel }
              : { label: "Delete the job", confirm: details.ask_delete }
          }
          isGrave
          homes={["close", "table"]}
          isShut={job.isEnding.value || isShut.value}
          onYes={() => {
            job.end(what, details.is_unread);
            leave(what);
          }}
          onNo={() => leave(what)}
        />
      )}
      {job.isEnding.value && (
        <p class="b-hint" role="status">
          Asked; looking whether it is so…
        </p>
      )}
      {words && (
        <p class={isBad ? "b-msg" : "b-hint"} role={isBad ? "alert" : undefined}>
          {isBad && "▲ "}
          {words}
        </p>
      )}
    </div>
  );
}

interface EndProps {
  what: "cancel" | "delete";
  label: string;
  job: OpenJob;
  onClick: (what: "cancel" | "delete") => void;
}

function EndButton({ what, label, job, onClick }: EndProps) {
  const details = job.details.value;
  if (!(what === "cancel" ? details?.can_cancel : details?.can_delete)) return null;
  return <OfferedEnd what={what} label={label} job={job} onClick={onClick} />;
}

function OfferedEnd({ what, label, job, onClick }: EndProps) {
  const { id, isShut } = useMonitor();
  const button = useRescue<HTMLButtonElement>(["close"]);
  return (
    <button
      ref={button}
      type="button"
      id={id(what)}
      class="b-end"
      aria-disabled={job.isEnding.value || isShut.value}
      onClick={() => onClick(what)}
    >
      {label}
    </button>
  );
}
