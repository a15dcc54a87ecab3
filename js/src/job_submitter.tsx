/** The entry of the bundle: an anywidget view of JobSubmitter. */
import type { RenderProps } from "@anywidget/types";
import { Panel } from "./components/Panel";
import type { Traits } from "./contract";
import { createFormSync } from "./form_sync";
import { mount } from "./mount";
import { createPanel, PanelProvider } from "./panel";
import { hideSavedCopy } from "./saved_copy";
import { SurfaceProvider } from "./surface";

function render({
  model,
  el,
  signal,
}: Pick<RenderProps<Traits>, "model" | "el"> & { signal?: AbortSignal }) {
  const sync = createFormSync(model);
  const panel = createPanel(sync);
  const showSavedCopy = hideSavedCopy(el.ownerDocument, sync.traits.saved_as.value);
  const content = (
    <SurfaceProvider value={panel}>
      <PanelProvider value={panel}>
        <Panel />
      </PanelProvider>
    </SurfaceProvider>
  );
  return mount(content, el, signal, () => {
    showSavedCopy();
    panel.stop();
    sync.stop();
  });
}

export default { render };
