/**
 * What every widget of ours brings along as its module. The view itself is a trait, and is
 * evaluated once for a page: a page keeps each module that it has ever imported.
 */
import type { RenderProps } from "@anywidget/types";

interface View {
  default: { render(props: Props): unknown };
}
type Props = RenderProps<{ _bundle: string }> & { signal?: AbortSignal };

const PLACE = Symbol.for("bspsa-widgets");
const page = globalThis as { [PLACE]?: Map<string, Promise<View>> };

/** By the text: kernels on one page may have different releases. */
function load(text: string): Promise<View> {
  page[PLACE] ??= new Map();
  const known = page[PLACE].get(text);
  if (known) return known;
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const loaded: Promise<View> = import(url).finally(() => URL.revokeObjectURL(url));
  page[PLACE].set(text, loaded);
  loaded.catch(() => page[PLACE]?.delete(text));
  return loaded;
}

async function render(props: Props) {
  const view = await load(props.model.get("_bundle"));
  if (!props.signal?.aborted) return view.default.render(props);
}

export default { render };
