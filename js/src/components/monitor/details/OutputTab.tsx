import type { Log, Stream } from "../../../monitor/contract";
import { useMonitor } from "../../../monitor/monitor";
import type { OpenJob } from "../../../monitor/open_job";
import type { Output } from "../../../monitor/output";
import { grouped, writeBytes, writeCount } from "../../../text/quantities";
import { Alert } from "../../parts/Alert";
import { Lines } from "./Lines";
import { UseAgain } from "./RecordTab";

const STREAMS: readonly Stream[] = ["stdout", "stderr"];

/** What the job printed; on a failed job, what it complained of comes first. */
export function OutputTab({ job }: { job: OpenJob }) {
  const { output } = job;
  const log = output.log.value;
  const notice = output.notice.value;
  const isOver = Boolean(job.details.value?.view.outcome);
  return (
    <div class="b-pad b-output">
      <OutputHead output={output} />
      <Alert words={notice} />
      {log?.problem && <p class="b-warning">△ {log.problem}</p>}
      {log && log.lines.length > 0 ? (
        <Lines key={log.stream} log={log} wraps={output.wraps.value} />
      ) : (
        (log || !notice) && (
          <p class="b-raw b-none">{emptyWords(log, output.stream.value, isOver)}</p>
        )
      )}
      <OutputFoot job={job} log={log} />
    </div>
  );
}

function OutputHead({ output: { stream: shown, choose, wraps } }: { output: Output }) {
  return (
    <div class="b-row">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would need a legend in its border */}
      <div class="b-streams" role="group" aria-label="Which output">
        {STREAMS.map((stream) => (
          <button
            key={stream}
            type="button"
            aria-pressed={shown.value === stream}
            onClick={() => choose(stream)}
          >
            {stream}
          </button>
        ))}
      </div>
      <span class="b-grow" />
      <label class="b-check">
        <input
          type="checkbox"
          checked={wraps.value}
          onChange={(event) => {
            wraps.value = event.currentTarget.checked;
          }}
        />
        Wrap lines
      </label>
    </div>
  );
}

function OutputFoot({ job, log }: { job: OpenJob; log: Log | null }) {
  const { isShut } = useMonitor();
  const { output } = job;
  const python = job.details.value?.record?.python;
  return (
    <div class="b-row b-below b-wraps">
      <div class="b-hint b-grow">
        {log && log.lines.length > 0 && figures(log)}
        {log?.note && <p>{log.note}</p>}
      </div>
      {log && !log.is_complete && log.lines.length > 0 && (
        <button
          type="button"
          aria-disabled={output.isReading.value || isShut.value}
          onClick={() => !output.isReading.value && output.showAll()}
        >
          Show all
        </button>
      )}
      {python && <UseAgain python={python} />}
      <button type="button" onClick={() => job.chooseTab("files")}>
        Download results…
      </button>
    </div>
  );
}

function emptyWords(log: Log | null, stream: Stream, isOver: boolean): string {
  if (!log) return "Reading…";
  if (log.is_final || (isOver && log.is_complete))
    return log.file ? `The job printed nothing to ${log.file}.` : `There is no ${stream}.`;
  return `Nothing in ${log.file || stream} so far.`;
}

/** "STDERR, last 5 of 5 lines, 1 kB, followed while the job runs". */
function figures({ file, stream, lines, first, size, is_complete, is_final }: Log): string {
  const count = grouped(lines.length);
  const last = first === null ? "" : writeCount(first + lines.length - 1, "line");
  const some = last ? `last ${count} of ${last}` : `last ${writeCount(lines.length, "line")}`;
  const all = `all ${writeCount(lines.length, "line")}`;
  const parts = [file || stream, is_complete ? all : some];
  if (size !== null) parts.push(writeBytes(size));
  if (!is_final) parts.push("goes on while the job runs");
  return parts.join(", ");
}
