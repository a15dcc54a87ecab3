import type { RecordDetails } from "../../../monitor/contract";
import { useMonitor } from "../../../monitor/monitor";
import { MomentTerm, TextTerm } from "../../job/Term";
import { Known } from "./OverviewTab";

/** What we kept of the submission: its settings, and code that uses them again. */
export function RecordTab({ record }: { record: RecordDetails | null }) {
  if (!record)
    return (
      <p class="b-hint b-pad">
        There is no record of this job: it was not submitted from a notebook in this folder.
      </p>
    );
  return (
    <div class="b-pad">
      {record.words && <p>{record.words}</p>}
      <dl>
        <Known name="Notebook" value={record.notebook} />
        <Known name="Service" value={record.endpoint} />
        <MomentTerm name="Began" at={record.began} />
        <Known name="Record" value={record.record} />
      </dl>
      <Settings record={record} />
      {record.python && (
        <div class="b-row b-below b-wraps">
          <span class="b-hint b-grow">
            Copies Python code that opens a panel with these settings: paste it into a cell.
          </span>
          <UseAgain python={record.python} />
        </div>
      )}
    </div>
  );
}

function Settings({ record: { settings } }: { record: RecordDetails }) {
  if (settings.length === 0) return null;
  return (
    <>
      <h4>Settings</h4>
      <dl>
        {settings.map(({ label, value }) => (
          <TextTerm key={label} name={label} value={value} />
        ))}
      </dl>
    </>
  );
}

export function UseAgain({ python }: { python: string }) {
  const { copyCode } = useMonitor();
  return (
    <button
      type="button"
      onClick={() => copyCode(python, "Copied as Python. Paste it into a cell.")}
    >
      Use these settings again
    </button>
  );
}
