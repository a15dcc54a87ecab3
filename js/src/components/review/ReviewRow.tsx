import { canUnfold, type Row } from "../../review/rows";
import { canTick, type Entry, tickOf } from "../../review/tree";
import { writeBytes, writeCount } from "../../text/quantities";

/** Deeper levels are not indented further: the name would have no room. */
const MOST_INDENTED = 8;

interface Props {
  id: string;
  row: Row;
  /** In a list without folders around it. */
  isFlat: boolean;
  isOpen: boolean;
  isCurrent: boolean;
  onFold: () => void;
  onTick: () => void;
}

export function ReviewRow({ id, row, isFlat, isOpen, isCurrent, onFold, onTick }: Props) {
  const { entry } = row;
  const canFold = !isFlat && canUnfold(entry);
  const why = entry.isOn ? "" : entry.reason;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree takes the keys, and keeps the focus
    // biome-ignore lint/a11y/useFocusableInteractive: as above
    <div
      id={id}
      class={`b-treerow${entry.isOn ? "" : " b-stays"}${isCurrent ? " b-current" : ""}`}
      role="treeitem"
      aria-level={isFlat ? 1 : entry.level}
      aria-posinset={row.place}
      aria-setsize={row.count}
      aria-expanded={canFold ? isOpen : undefined}
      aria-checked={tickOf(entry)}
      aria-disabled={!canTick(entry)}
      title={[entry.path, why].filter(Boolean).join(" — ")}
      style={isFlat ? {} : { paddingInlineStart: `${indent(entry)}px` }}
      onClick={canFold ? onFold : onTick}
    >
      {!isFlat && (
        <span class="b-twisty" aria-hidden="true">
          {canFold && (isOpen ? "▾" : "▸")}
        </span>
      )}
      <Tick entry={entry} onTick={onTick} />
      <span class="b-cut b-name" dir="auto">
        {entry.isFolder ? `${entry.name}/` : entry.name}
      </span>{" "}
      {isFlat && <Where path={entry.above?.path ?? ""} />} <span class="b-cut b-why">{why}</span>{" "}
      <span class="b-size">{figures(entry)}</span>
    </div>
  );
}

/** For the eye: the row says the same to those who do not see it. */
function Tick({ entry, onTick }: { entry: Entry; onTick: () => void }) {
  const ticked = tickOf(entry);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the row is what has a role
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree takes the keys
    <span
      class="b-tick"
      onClick={(event) => {
        event.stopPropagation();
        onTick();
      }}
    >
      <input
        type="checkbox"
        tabIndex={-1}
        aria-hidden="true"
        checked={ticked === "true"}
        indeterminate={ticked === "mixed"}
        disabled={!canTick(entry)}
      />
    </span>
  );
}

function Where({ path }: { path: string }) {
  if (!path) return null;
  return (
    <span class="b-cut b-where" dir="auto">
      {path}
    </span>
  );
}

function indent({ level }: Entry): number {
  return 6 + 16 * Math.min(level - 1, MOST_INDENTED);
}

function figures({ isFolder, files, bytes, size }: Entry): string {
  if (!isFolder) return size === null ? "" : writeBytes(size);
  if (files === 0) return "";
  return `${writeCount(files, "file")}, ${writeBytes(bytes)}`;
}
