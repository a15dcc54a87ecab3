import { useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { usePanel } from "../panel";

/** Says steps, outcomes and stages aloud, each once; not every byte of an upload. */
export function LiveRegion() {
  const { job, traits, state } = usePanel();
  const said = useSignal("");
  const last = useRef<string | null>(null);
  useSignalEffect(() => {
    const { busy, step, message, headline } = traits.status.value;
    const { stage = "", meaning = "" } = job.value ?? {};
    const key = busy ? step : `${headline}\n${stage}`;
    const first = last.current === null;
    if (last.current === key) return;
    last.current = key;
    if (first) return; // what was there already is not news
    said.value = busy ? message : [headline, meaning].filter(Boolean).join(" ");
  });
  useSignalEffect(() => {
    if (state.announcement.value) said.value = state.announcement.value;
  });
  return (
    <div class="b-unseen" role="status" aria-live="polite">
      {said.value}
    </div>
  );
}
