/** What the buttons of the status, and of a record, stand for. */

import { newId } from "../kernel/id";
import { BUSY_ASKED } from "../kernel/liveness";
import { isRefused } from "../kernel/requests";
import type { Surface } from "../page/surface";
import type { Action } from "./contract";
import type { FormEditing } from "./form_editing";
import type { FormSync } from "./form_sync";
import type { Submission } from "./submission";

/**
 * Do what a button stands for. Resolves with the answer; `notify` is told what there is to say
 * about it meanwhile.
 */
export type Act = (
  kind: Action["kind"],
  record: string,
  notify: (words: string) => void,
) => Promise<void>;

export function createActing(
  sync: FormSync,
  { focus, announce }: Surface,
  form: FormEditing,
  { ready, submit }: Submission,
): Act {
  /** Its fields have changed, perhaps out of sight. */
  function showForm() {
    announce("The form has these settings now.");
    if (focus.isFree()) focus.to("hpc");
  }

  return async (kind, record, notify) => {
    if (kind === "again") {
      if (!ready.value) return;
      focus.to("submit"); // the button that was clicked goes with the outcome it belongs to
      return submit("again");
    }
    form.keepDraft();
    notify("");
    const answer = await sync.ask({ kind, id: newId(), record }, () => notify(BUSY_ASKED));
    notify(isRefused(answer) ? answer.message : "");
    if (kind === "use" && !isRefused(answer)) showForm();
  };
}
