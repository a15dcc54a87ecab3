/** One panel: what it shows, what can be done with it, and where its elements are. */
import { computed, type ReadonlySignal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { JobView } from "../contract";
import { watchLiveness } from "../kernel/liveness";
import { watchPresence } from "../kernel/presence";
import type { Synced } from "../kernel/traits";
import { createNotices, type Notices } from "../page/notification";
import { createSurface, type Surface } from "../page/surface";
import { createReviewing, type Reviewing } from "../review/review";
import { pythonCode } from "../text/python_code";
import { type Act, createActing } from "./acting";
import { type Browsing, createBrowsing } from "./browsing";
import type { SubmitterTraits } from "./contract";
import { jobOf, watchEnd } from "./current_job";
import { createFirstError } from "./first_error";
import { createFormEditing, type FormEditing } from "./form_editing";
import type { FormSync } from "./form_sync";
import { createSubmission, type Submission } from "./submission";
import { createToken, type Token } from "./token";

export interface Panel extends Surface, FormEditing, Submission, Token {
  traits: Synced<SubmitterTraits>;
  /** The job that the status is about; null where it is about none. */
  job: ReadonlySignal<JobView | null>;
  notices: Notices;
  /** What travels of the folder, while it is looked at. */
  reviewing: Reviewing;
  browser: Browsing["browser"];
  act: Act;
  browse(path: string): void;
  closeBrowser(): void;
  review(): void;
  chooseFolder(path: string): void;
  copyAsPython(): Promise<void>;
  stop(): void;
}

const Context = createContext<Panel | null>(null);
export const PanelProvider = Context.Provider;

export function usePanel(): Panel {
  const panel = useContext(Context);
  if (panel === null) throw new Error("There is no panel around this component.");
  return panel;
}

export function createPanel(sync: FormSync): Panel {
  const { traits } = sync;
  const watch = watchLiveness(sync.heart);
  const surface = createSurface(watch.liveness);
  const form = createFormEditing(sync);
  const errors = createFirstError(traits, surface.focus, form.isOther);
  const submission = createSubmission(sync, surface, errors);
  const reviewing = createReviewing(sync, surface.focus);
  const notices = createNotices();
  const stops = [
    watchPresence(sync.heart, () => !surface.isShut.peek()),
    watchEnd(traits, notices),
    ...[watch, form, errors, submission, reviewing].map(({ stop }) => stop),
  ];
  return {
    ...surface,
    ...form,
    ...submission,
    ...createToken(sync),
    ...createFolderChoice(sync, surface, form, reviewing),
    traits,
    job: computed(() => jobOf(traits.status.value, traits.job_view.value)),
    notices,
    reviewing,
    act: createActing(sync, surface, form, submission),
    copyAsPython: () =>
      surface.copyCode(pythonCode(sync.form(), form.system.value), "Copied as Python."),
    stop: () => {
      for (const stop of stops) stop();
    },
  };
}

/** The folder browser and the review: there is room for one of the two. */
function createFolderChoice(
  sync: FormSync,
  { focus }: Surface,
  { edit }: FormEditing,
  reviewing: Reviewing,
): Pick<Panel, "browser" | "browse" | "closeBrowser" | "review" | "chooseFolder"> {
  const { browser, open, close } = createBrowsing(sync);
  function closeBrowser() {
    close();
    focus.to("browse");
  }
  return {
    browser,
    browse: (path) => {
      reviewing.end();
      open(path);
    },
    closeBrowser,
    review: () => {
      close();
      reviewing.open();
    },
    chooseFolder: (path) => {
      edit({ folder: path });
      closeBrowser();
    },
  };
}
