import { useSignal } from "@preact/signals";
import type { ResultFile } from "../../../monitor/results/contract";
import type { Results } from "../../../monitor/results/results";
import { useWindow } from "../../../page/windowed";
import { writeBytes } from "../../../text/quantities";

/** Pixels of a line where the styles do not say (--b-file). */
const HEIGHT = 32;
/** Lines that are seen at once, at most; as in files.css. */
const SEEN = 9;

const STATES = {
  "": "",
  here: "here",
  changed: "here, changed since",
  other: "something else has this name here",
} as const;

interface Props {
  results: Results;
  files: readonly ResultFile[];
}

/**
 * Draws only the lines that are seen, and the one that has the focus, with its neighbours: so it
 * keeps it when scrolled away, and one gets from line to line by the Tab key, as in any list.
 */
export function FileList({ results, files }: Props) {
  const { box, height, first, last, onScroll } = useWindow<HTMLUListElement>({
    count: files.length,
    seen: SEEN,
    height: HEIGHT,
    property: "--b-file",
  });
  const { held, onFocusIn, onFocusOut } = useHeld(files);
  return (
    <ul
      ref={box}
      class="b-file-list"
      aria-label="Files of the job"
      style={{ height: `${files.length * height}px` }}
      onScroll={onScroll}
      onFocusIn={onFocusIn}
      onFocusOut={onFocusOut}
    >
      <li class="b-space" aria-hidden="true" style={{ height: `${files.length * height}px` }} />
      {drawn(first, last, held).map((index) => {
        const file = files[index];
        return (
          file && (
            <FileLine
              key={file.name}
              results={results}
              file={file}
              place={index}
              count={files.length}
              top={index * height}
            />
          )
        );
      })}
    </ul>
  );
}

/** The line that has the focus, from 0; -1 where none has it. */
function useHeld(files: readonly ResultFile[]) {
  const focused = useSignal("");
  return {
    held: focused.value ? files.findIndex(({ name }) => name === focused.value) : -1,
    onFocusIn: ({ target }: FocusEvent) => {
      const place = (target as HTMLElement).closest("li")?.getAttribute("aria-posinset");
      focused.value = files[Number(place) - 1]?.name ?? "";
    },
    onFocusOut: ({ currentTarget, relatedTarget }: FocusEvent) => {
      // The line that gets it now is drawn only as long as its neighbour counts.
      const list = currentTarget as HTMLElement;
      if (!list.contains(relatedTarget as Node | null)) focused.value = "";
    },
  };
}

/** Which lines are drawn, in their order. */
function drawn(first: number, last: number, held: number): number[] {
  const lines = new Set(held < 0 ? [] : [held - 1, held, held + 1]);
  for (let index = first; index < last; index++) lines.add(index);
  return [...lines].sort((one, other) => one - other);
}

interface LineProps {
  results: Results;
  file: ResultFile;
  /** In the list, from 0. */
  place: number;
  count: number;
  /** Pixels. */
  top: number;
}

function FileLine({ results, file, place, count, top }: LineProps) {
  const { name, size, state, path } = file;
  return (
    <li
      class="b-file-line"
      aria-posinset={place + 1}
      aria-setsize={count}
      style={{ insetBlockStart: `${top}px` }}
    >
      <label class="b-check b-grow">
        <input
          type="checkbox"
          checked={results.ticked.value.has(name)}
          onChange={() => results.tick(name)}
        />
        <span class="b-cut" dir="auto" title={name}>
          {name}
        </span>
      </label>
      {state && (
        <span
          class={`b-hint b-cut b-state${state === "here" ? " b-is-here" : ""}`}
          title={path || STATES[state]}
        >
          {state === "here" && "✓ "}
          {STATES[state]}
        </span>
      )}
      <span class="b-size">{size === null ? "size not known" : writeBytes(size)}</span>
      <FileButtons results={results} file={file} />
    </li>
  );
}

function FileButtons({ results, file: { name, state, unpacks, preview } }: FileProps) {
  const isShown = results.shown.value?.name === name;
  return (
    <span class="b-file-buttons">
      {unpacks && state === "here" && (
        <button
          type="button"
          class="b-link b-small"
          aria-label={`Unpack ${name}`}
          onClick={() => results.unpack(name)}
        >
          Unpack
        </button>
      )}
      {preview && (
        <button
          type="button"
          class="b-link b-small"
          aria-label={`Preview ${name}`}
          aria-expanded={isShown}
          onClick={() => (isShown ? results.hide() : results.show(name))}
        >
          Preview
        </button>
      )}
    </span>
  );
}

interface FileProps {
  results: Results;
  file: ResultFile;
}
