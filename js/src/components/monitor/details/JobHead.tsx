import { type Signal, useSignal } from "@preact/signals";
import { useMonitor } from "../../../monitor/monitor";
import type { OpenJob } from "../../../monitor/open_job";
import { shortId } from "../../../monitor/rows";
import { useRescue } from "../../../page/surface";
import { CloseButton } from "../../parts/CloseButton";
import { Question } from "../../parts/Question";

type End = "cancel" | "delete";

interface Props {
  job: OpenJob;
  title: string;
  onClose: () => void;
}

/** Whose details these are, and what ends it; asks first. */
export function JobHead({ job, title, onClose }: Props) {
  const { id, jobs } = useMonitor();
  const asking = useSignal<"" | End>("");
  const row = jobs.of(job.key)?.row;
  const isAsked = asking.value && can(job, asking.value);
  const open = (one: End) => {
    if (!job.isEnding.value) asking.value = one;
  };
  return (
    <div class="b-job-head">
      <div class="b-row b-wraps">
        <h3 class="b-cut b-grow" title={title}>
          <bdi>{title}</bdi>
          <span class="b-hint">{row && ` ${row.system} · ${shortId(row.job_id)}`}</span>
        </h3>
        {!isAsked && <EndButton what="cancel" label="Cancel job…" job={job} onClick={open} />}
        {!isAsked && <EndButton what="delete" label="Delete…" job={job} onClick={open} />}
        <CloseButton id={id("close")} label="Close the details" onClick={onClose} />
      </div>
      <EndQuestion job={job} asking={asking} />
      {job.isEnding.value && (
        <p class="b-hint" role="status">
          Asked; looking whether it is so…
        </p>
      )}
      <NoticeLine job={job} />
    </div>
  );
}

function can({ details }: OpenJob, what: End): boolean {
  const { can_cancel = false, can_delete = false } = details.value ?? {};
  return what === "cancel" ? can_cancel : can_delete;
}

function EndQuestion({ job, asking }: { job: OpenJob; asking: Signal<"" | End> }) {
  const { focus, isShut } = useMonitor();
  const details = job.details.value;
  const what = asking.value;
  if (!details || !what || !can(job, what)) return null;
  const leave = () => {
    asking.value = "";
    setTimeout(() => focus.to(what)); // its button is there once the question is not
  };
  return (
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
        leave();
      }}
      onNo={leave}
    />
  );
}

function NoticeLine({ job }: { job: OpenJob }) {
  const { words, isBad } = job.notice.value;
  if (!words) return null;
  return (
    <p class={isBad ? "b-msg" : "b-hint"} role={isBad ? "alert" : undefined}>
      {isBad && "▲ "}
      {words}
    </p>
  );
}

interface EndProps {
  what: End;
  label: string;
  job: OpenJob;
  onClick: (what: End) => void;
}

function EndButton(props: EndProps) {
  return can(props.job, props.what) ? <OfferedEnd {...props} /> : null;
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
