import type { PreviewCell } from "../../../monitor/results/contract";
import { Picture } from "./Picture";

/** A notebook's cells, with what they printed; markdown as it was typed. */
export function NotebookCells({ cells }: { cells: readonly PreviewCell[] }) {
  return (
    <ol class="b-notebook">
      {cells.map((cell, place) => (
        // A place in a fixed notebook is its key.
        <li key={String(place)} class={`b-cell b-cell-${cell.kind}`}>
          <pre class="b-raw">{cell.source}</pre>
          {cell.outputs.map(({ text, image }, number) => (
            <div key={String(number)} class="b-cell-output">
              {text && <pre>{text}</pre>}
              {image && <Picture name={`Output ${number + 1}`} mime="image/png" data={image} />}
            </div>
          ))}
        </li>
      ))}
    </ol>
  );
}
