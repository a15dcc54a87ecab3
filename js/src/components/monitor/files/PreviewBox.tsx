import { useMonitor } from "../../../monitor/monitor";
import type { Preview } from "../../../monitor/results/contract";
import type { Results } from "../../../monitor/results/results";
import { Alert } from "../../parts/Alert";
import { CloseButton } from "../../parts/CloseButton";
import { NotebookCells } from "./NotebookCells";
import { Picture } from "./Picture";

/** A result looked at in place: as text, cells or a picture; never as markup. */
export function PreviewBox({ results }: { results: Results }) {
  const { id } = useMonitor();
  const shown = results.shown.value;
  if (!shown) return null;
  const { name, preview, problem } = shown;
  return (
    <section class="b-preview" aria-label={`Preview of ${name}`} id={id("preview")}>
      <div class="b-row b-preview-head">
        <b class="b-grow b-cut" dir="auto">
          {name}
        </b>
        <CloseButton label="Close the preview" onClick={results.hide} />
      </div>
      <Alert words={problem} />
      {!preview && !problem && <p class="b-hint">Reading…</p>}
      {preview && !problem && <Content preview={preview} />}
      {preview && (preview.note || preview.is_cut) && (
        <p class="b-hint">{preview.note || "This is the beginning; the file has more."}</p>
      )}
    </section>
  );
}

function Content({ preview }: { preview: Preview }) {
  const { what, name } = preview;
  if (what === "image") return <Picture name={name} mime={preview.mime} data={preview.image} />;
  if (what === "table") return <Cells preview={preview} />;
  if (what === "notebook") return <NotebookCells cells={preview.cells} />;
  if (!what) return null;
  return (
    <pre
      class="b-raw"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled text needs the keyboard, too
      tabIndex={0}
    >
      {preview.text}
    </pre>
  );
}

function Cells({ preview: { header, rows, name } }: { preview: Preview }) {
  // A place in a fixed table is its key.
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled table needs the keyboard, too
    <section class="b-cells" tabIndex={0} aria-label={name}>
      <table>
        {header.length > 0 && (
          <thead>
            <tr>
              {header.map((text, place) => (
                <th key={String(place)} scope="col" dir="auto">
                  {text}
                </th>
              ))}
            </tr>
          </thead>
        )}
        <tbody>
          {rows.map((row, line) => (
            <tr key={String(line)}>
              {row.map((text, place) => (
                <td key={String(place)} dir="auto">
                  {text}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
