import type { VNode } from "preact";
import { useMonitor } from "../../../monitor/monitor";
import { type Entry, outcomeOf, shortId } from "../../../monitor/rows";
import { readMoment, writeDay, writeExact } from "../../../text/dates";
import { Hours, hasHours } from "./Hours";
import { StageChip } from "./StageChip";

const ICONS: Record<string, string> = { succeeded: "✓", failed: "✕", cancelled: "–" };
const TONES: Record<string, string> = { succeeded: "ok", failed: "err", cancelled: "off" };

export interface RowProps {
  id: string;
  /** In the list, from 0. */
  place: number;
  entry: Entry;
  isCurrent: boolean;
  isSelected: boolean;
  onOpen: (key: string) => void;
}

function JobTableRow({ id, place, entry, isCurrent, isSelected, onOpen }: RowProps) {
  const { row } = entry;
  const meaning = row.note ? `△ ${row.note}` : row.meaning;
  return (
    <tr
      id={id}
      class={`b-job${place === 0 ? " b-first" : ""}${isCurrent ? " b-current" : ""}${isSelected ? " b-selected" : ""}`}
      aria-rowindex={place + 2}
      aria-selected={isSelected}
      onClick={() => onOpen(row.key)}
    >
      <TitleCell entry={entry} />
      <td class="b-col-stage">
        <StageChip row={row} />
        <small class={`b-cut${row.note ? " b-warning" : ""}`} title={meaning}>
          {meaning}
        </small>
      </td>
      <td class="b-col-submitted">
        <Submitted at={row.submitted} />
      </td>
      <td class="b-col-runtime">
        <Hours row={row} />
      </td>
      <td class={`b-col-outcome b-tone-${TONES[row.outcome] ?? "none"}`}>
        {ICONS[row.outcome] && (
          <span class="b-icon" aria-hidden="true">
            {ICONS[row.outcome]}
          </span>
        )}
        {outcomeOf(row)}
      </td>
    </tr>
  );
}

function TitleCell({ entry: { row, title } }: { entry: Entry }) {
  return (
    <td class="b-col-title">
      <div class="b-cut" dir="auto" title={title}>
        {title || "(no title)"}
      </div>
      <small class="b-cut" title={row.job_id}>
        {[row.system, shortId(row.job_id)].filter(Boolean).join(" · ")}
        {row.project && (
          <>
            {" · "}
            <bdi>{row.project}</bdi>
          </>
        )}
      </small>
      <small class="b-cut b-if-narrow">
        <Submitted at={row.submitted} />
        {row.submitted && hasHours(row) && " · "}
        <Hours row={row} />
      </small>
    </td>
  );
}

function Submitted({ at }: { at: string }) {
  const { now } = useMonitor();
  const moment = readMoment(at);
  if (!moment) return <>{at}</>;
  return (
    <time dateTime={at} title={writeExact(moment)}>
      {writeDay(moment, now.peek())}
    </time>
  );
}

/**
 * Rows as they were drawn last. One that is the same again is not gone through again: while
 * the table scrolls, nearly all are.
 */
export function rememberRows() {
  let before = new Map<string, VNode<RowProps>>();
  let now = before;
  return {
    /** To be called before the rows of a drawing. */
    begin() {
      before = now;
      now = new Map();
    },
    of(props: RowProps): VNode<RowProps> {
      const { key } = props.entry.row;
      const old = before.get(key);
      const isSame = old !== undefined && NAMES.every((name) => old.props[name] === props[name]);
      const drawn = isSame ? old : <JobTableRow key={key} {...props} />;
      now.set(key, drawn);
      return drawn;
    },
  };
}

const NAMES = ["id", "place", "entry", "isCurrent", "isSelected", "onOpen"] as const;
