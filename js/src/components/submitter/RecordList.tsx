import { useId } from "preact/hooks";
import type { RecordLine } from "../../submitter/contract";
import { usePanel } from "../../submitter/panel";
import { Moment } from "../parts/Moment";
import { Actions } from "./Actions";

const MARKS: Record<RecordLine["state"], { icon: string; tone: string }> = {
  prepared: { icon: "–", tone: "off" },
  sending: { icon: "?", tone: "warn" },
  accepted: { icon: "✓", tone: "ok" },
  refused: { icon: "✕", tone: "err" },
  not_sent: { icon: "✕", tone: "err" },
  unconfirmed: { icon: "?", tone: "warn" },
  over: { icon: "–", tone: "off" },
  closed: { icon: "–", tone: "off" },
};

/** What was submitted before, folded away until it is asked for. */
export function RecordList() {
  const panel = usePanel();
  const records = panel.traits.records.value;
  if (records.length === 0) return null;
  return (
    <details class="b-records">
      <summary id={panel.id("records")}>Earlier submissions ({records.length})</summary>
      <ul>
        {records.map((line) => (
          <Line key={line.record} line={line} />
        ))}
      </ul>
    </details>
  );
}

function Line({ line }: { line: RecordLine }) {
  const panel = usePanel();
  const id = panel.id(`record-${useId()}`);
  const { icon, tone } = MARKS[line.state] ?? MARKS.prepared;
  return (
    <li class={`b-line b-tone-${tone}`}>
      <span class="b-icon" aria-hidden="true">
        {icon}
      </span>
      <div class="b-line-said">
        <p class="b-title" id={id} dir="auto">
          {line.title || line.record}
        </p>
        <p class="b-detail">{line.words}</p>
        <p class="b-hint">
          {line.system && `${line.system} · `}
          <Moment at={line.at} />
          {line.job_id && (
            <>
              {" · job "}
              <code>{line.job_id}</code>
            </>
          )}
        </p>
      </div>
      <div class="b-line-actions">
        <Actions actions={line.actions} record={line.record} homes={["records"]} describedBy={id} />
      </div>
    </li>
  );
}
