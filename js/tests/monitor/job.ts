/** A monitor's model without a view, with Python's part played by the test. */
import type { MonitorTraits } from "../../src/monitor/contract";
import { createMonitorSync } from "../../src/monitor/monitor_sync";
import { MonitorModel, RUNNING, traits } from "../fake_jobs";

export function modelOf(changes: Partial<MonitorTraits> = {}) {
  const model = new MonitorModel(traits(changes));
  return { model, sync: createMonitorSync(model.asModel()), key: RUNNING.key };
}

/** What waits in promises has been done. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}
