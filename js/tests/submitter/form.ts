/** A form without a panel around it, with Python's part played by the test. */
import { signal } from "@preact/signals";
import { createSurface } from "../../src/page/surface";
import type { SubmitterTraits } from "../../src/submitter/contract";
import { createFormSync } from "../../src/submitter/form_sync";
import { FakeModel, traits } from "../fake_model";

export function formOf(changes: Partial<SubmitterTraits> = {}) {
  const model = new FakeModel(traits(changes));
  const sync = createFormSync(model.asModel());
  const surface = createSurface(signal("live" as const));
  return { model, sync, surface };
}

/** What waits in promises has been done. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

export const reply = (id: string, ok = true, message = "") =>
  ({ kind: "reply", id, ok, message }) as const;
