/**
 * The copy of plain HTML beside a widget in a saved notebook: hidden while a kernel answers the
 * widget itself, so that nobody sees things twice, and kept up to date.
 */
import { effect, type ReadonlySignal } from "@preact/signals";
import { isShut, type Liveness } from "../kernel/liveness";
import { outputsOf } from "./notebook";

const NAME = /^[a-z0-9-]{1,64}$/;

/** The traits that say which copy it is, and what it says. */
interface Traits {
  saved_as: ReadonlySignal<string>;
  saved_bundle: ReadonlySignal<Record<string, string>>;
}

/**
 * Looks after the copy of one widget as long as this view of it is there.
 *
 * @param manager of the widgets on this page
 * @param liveness where no kernel answers, the widget may be older than the copy
 * @returns what ends it; another view of the same widget goes on by itself
 */
export function tendSavedCopy(
  page: Document,
  manager: unknown,
  { saved_as, saved_bundle }: Traits,
  liveness: ReadonlySignal<Liveness>,
): () => void {
  const name = saved_as.value;
  if (!NAME.test(name)) return () => {}; // a file may hold anything
  const rule = ruleFor(page, name);
  let isHeard = false;
  const stopHiding = effect(() => {
    isHeard ||= liveness.value === "live";
    // A widget that was live knows all that its copy does, also when its kernel has ended.
    if (isShut(liveness.value) && !isHeard) rule.remove();
    else page.head.append(rule);
  });
  const stopWriting = effect(() => {
    if (liveness.value === "live") write(manager, name, saved_bundle.value);
  });
  return () => {
    stopHiding();
    stopWriting();
    rule.remove();
  };
}

/** Hides the copy in whatever cell it is, and no other. */
function ruleFor(page: Document, name: string): HTMLStyleElement {
  const rule = page.createElement("style");
  const copy = `.bspsa-saved-${name}`;
  // Two rules: a browser that does not know :has() drops the one that has it. Without it an
  // empty output would leave a gap. An output that holds others (ipywidgets' Output) is not hidden.
  rule.textContent = `${copy}{display:none!important}
.jp-OutputArea-child:has(> .jp-OutputArea-output > ${copy}){display:none!important}`;
  return rule;
}

/** Puts the copy into the notebook's outputs that hold an older one. */
function write(manager: unknown, name: string, bundle: Record<string, string>) {
  const html = bundle["text/html"];
  if (!html) return;
  for (const { output, replace } of outputsOf(manager)) {
    const shown = output.data?.["text/html"];
    // Where an update has reached it already, the notebook stays as it is.
    if (typeof shown !== "string" || shown === html || !isCopy(shown, name)) continue;
    replace({ ...output, data: { ...bundle } });
  }
}

function isCopy(html: string, name: string): boolean {
  return html.startsWith(`<div class="bspsa-saved bspsa-saved-${name}">`);
}
