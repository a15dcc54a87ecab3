/** The entry of the bundle: an anywidget view of JobSubmitter. */
import type { RenderProps } from "@anywidget/types";
import { Panel } from "./components/submitter/Panel";
import { mount } from "./page/mount";
import { tendSavedCopy } from "./page/saved_copy";
import { SurfaceProvider } from "./page/surface";
import type { SubmitterTraits } from "./submitter/contract";
import { createFormSync } from "./submitter/form_sync";
import { createPanel, PanelProvider } from "./submitter/panel";

function render({
  model,
  el,
  signal,
}: Pick<RenderProps<SubmitterTraits>, "model" | "el"> & { signal?: AbortSignal }) {
  const sync = createFormSync(model);
  const panel = createPanel(sync);
  const leaveSavedCopy = tendSavedCopy(
    el.ownerDocument,
    model.widget_manager,
    sync.traits,
    panel.liveness,
  );
  const content = (
    <SurfaceProvider value={panel}>
      <PanelProvider value={panel}>
        <Panel />
      </PanelProvider>
    </SurfaceProvider>
  );
  return mount(content, el, signal, () => {
    leaveSavedCopy();
    panel.stop();
    sync.stop();
  });
}

export default { render };
