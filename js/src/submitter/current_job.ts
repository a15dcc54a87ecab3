/** The job that the status is about. */
import { effect, untracked } from "@preact/signals";
import type { JobView } from "../contract";
import type { Synced } from "../kernel/traits";
import type { Notices } from "../page/notification";
import { OUTCOMES } from "../text/outcomes";
import type { Status } from "./contract";

type View = JobView | Record<string, never>;

/** null where the status is about none: a job in `job_view` may be of an earlier submission. */
export function jobOf(status: Status, view: View): JobView | null {
  const isAbout = status.outcome === "accepted" || status.outcome === "";
  return isAbout && hasJob(view) ? view : null;
}

function hasJob(view: View): view is JobView {
  return Boolean(view.job_id);
}

/** Gives a notification as the job that is followed ends. Returns what ends this. */
export function watchEnd({ job_view }: Synced<{ job_view: View }>, notices: Notices): () => void {
  let followed = job_view.value;
  return effect(() => {
    const before = followed;
    followed = job_view.value;
    untracked(() => {
      if (hasJob(before) && hasJob(followed) && isEnd(before, followed)) tell(followed, notices);
    });
  });
}

function isEnd(before: JobView, now: JobView): boolean {
  return before.job_id === now.job_id && !before.outcome && Boolean(now.outcome);
}

function tell({ job_id, title, system, meaning, stage, outcome }: JobView, notices: Notices) {
  const words = [system, meaning || stage].filter(Boolean).join(" · ");
  notices.tell({ job: job_id, title, word: OUTCOMES[outcome] ?? "Over", words });
}
