/** The entry of the bundle: an anywidget view of JobSubmitter. */
import type { RenderProps } from "@anywidget/types";
import { render as renderInto } from "preact";
import { Panel } from "./components/Panel";
import type { Traits } from "./contract";
import { createPanel, PanelProvider } from "./panel";
import { createSync } from "./sync";

function render({
  model,
  el,
  signal,
}: Pick<RenderProps<Traits>, "model" | "el"> & { signal?: AbortSignal }) {
  const sync = createSync(model);
  const panel = createPanel(sync);
  renderInto(
    <PanelProvider value={panel}>
      <Panel />
    </PanelProvider>,
    el,
  );
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    renderInto(null, el);
    panel.stop();
    sync.stop();
  };
  signal?.addEventListener("abort", end, { once: true });
  return end;
}

export default { render };
