import { writeBytes } from "../../quantities";
import type { ResultFile } from "../contract";
import type { Results } from "../results";

const STATES = {
  "": "",
  here: "here",
  changed: "here, changed since",
  other: "something else has this name here",
} as const;

export function FileList({ results, files }: { results: Results; files: readonly ResultFile[] }) {
  return (
    <ul class="b-file-list" aria-label="Files of the job">
      {files.map((file) => (
        <FileLine key={file.name} results={results} file={file} />
      ))}
    </ul>
  );
}

function FileLine({ results, file }: { results: Results; file: ResultFile }) {
  const { name, size, state, path } = file;
  const unpacked = results.unpacked.value[name];
  const isShown = results.shown.value?.name === name;
  return (
    <li class="b-file-line">
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
      <span class="b-file-buttons">
        {file.unpacks && state === "here" && (
          <button
            type="button"
            class="b-link b-small"
            aria-label={`Unpack ${name}`}
            onClick={() => results.unpack(name)}
          >
            Unpack
          </button>
        )}
        {file.preview && (
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
      {unpacked && (
        <p class="b-hint b-wide" role="status">
          {unpacked}
        </p>
      )}
    </li>
  );
}
