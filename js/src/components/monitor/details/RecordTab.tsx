import type { RecordDetails } from "../../../monitor/contract";
import { useMonitor } from "../../../monitor/monitor";
import { Moment } from "../../parts/Moment";
import { Term } from "./OverviewTab";

/** What we kept of the submission: its settings, and code that uses them again. */
export function RecordTab({ record }: { record: RecordDetails | null }) {
  const { copyCode } = useMonitor();
  if (!record)
    return (
      <p class="b-hint b-pad">
        There is no record of this job: it was not submitted from a notebook in this folder.
      </p>
    );
  const isTold = record.settings.some(({ label }) => label === "Folder");
  return (
    <div class="b-pad">
      {record.words && <p>{record.words}</p>}
      <dl>
        <Term name="Folder" value={isTold ? "" : record.folder} />
        <Term name="Notebook" value={record.notebook} />
        <Term name="Service" value={record.endpoint} />
        {record.began && (
          <>
            <dt>Began</dt>
            <dd>
              <Moment at={record.began} />
            </dd>
          </>
        )}
        <Term name="Record" value={record.record} />
      </dl>
      {record.settings.length > 0 && (
        <>
          <h4>Settings</h4>
          <dl>
            {record.settings.map(({ label, value }) => (
              <Setting key={label} label={label} value={value} />
            ))}
          </dl>
        </>
      )}
      {record.python && (
        <div class="b-row b-below b-wraps">
          <span class="b-hint b-grow">
            Copies Python code that opens a panel with these settings: paste it into a cell.
          </span>
          <button
            type="button"
            onClick={() => copyCode(record.python, "Copied as Python. Paste it into a cell.")}
          >
            Use these settings again
          </button>
        </div>
      )}
    </div>
  );
}

function Setting({ label, value }: { label: string; value: string }) {
  return (
    <>
      <dt>{label}</dt>
      <dd dir="auto" class="b-value" title={value}>
        {value}
      </dd>
    </>
  );
}
