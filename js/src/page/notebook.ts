/** What JupyterLab's widget manager knows of the notebook; other pages have less, or nothing. */

interface Manager {
  context?: { model?: { cells?: Iterable<{ outputs?: Outputs }> } };
}

interface Outputs {
  length: number;
  get(place: number): { toJSON(): Output };
  set(place: number, output: Output): void;
}

export interface Output {
  output_type: string;
  data?: Record<string, unknown>;
}

export interface Placed {
  output: Output;
  replace(output: Output): void;
}

const VIEW = "application/vnd.jupyter.widget-view+json";

/** All outputs of the notebook, cell by cell. */
export function* outputsOf(manager: unknown): Generator<Placed> {
  for (const { outputs } of cellsOf(manager)) {
    for (let place = 0; place < (outputs?.length ?? 0); place += 1) {
      const output = outputs?.get(place).toJSON();
      if (output) yield { output, replace: (other) => outputs?.set(place, other) };
    }
  }
}

/** Whether one shows the widget of this comm, in no box; undefined where no cell is in sight. */
export function isShown(manager: unknown, comm: string): boolean | undefined {
  for (const { output } of outputsOf(manager)) {
    const view = output.data?.[VIEW] as { model_id?: string } | undefined;
    if (view?.model_id === comm) return true;
  }
  return [...cellsOf(manager)].length > 0 ? false : undefined; // of a notebook that is closed
}

function cellsOf(manager: unknown): Iterable<{ outputs?: Outputs }> {
  return (manager as Manager | null)?.context?.model?.cells ?? [];
}
