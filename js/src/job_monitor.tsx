/** The entry of the bundle: an anywidget view of JobMonitor. */
import type { RenderProps } from "@anywidget/types";
import { MonitorView } from "./components/monitor/MonitorView";
import type { MonitorTraits } from "./monitor/contract";
import { createMonitor, MonitorProvider } from "./monitor/monitor";
import { createMonitorSync } from "./monitor/monitor_sync";
import { mount } from "./page/mount";
import { tendSavedCopy } from "./page/saved_copy";
import { SurfaceProvider } from "./page/surface";

function render({
  model,
  el,
  signal,
}: Pick<RenderProps<MonitorTraits>, "model" | "el"> & { signal?: AbortSignal }) {
  const sync = createMonitorSync(model);
  const monitor = createMonitor(sync);
  const leaveSavedCopy = tendSavedCopy(
    el.ownerDocument,
    model.widget_manager,
    sync.traits,
    monitor.liveness,
  );
  const content = (
    <SurfaceProvider value={monitor}>
      <MonitorProvider value={monitor}>
        <MonitorView />
      </MonitorProvider>
    </SurfaceProvider>
  );
  return mount(content, el, signal, () => {
    leaveSavedCopy();
    monitor.stop();
    sync.stop();
  });
}

export default { render };
