/**
 * The copy of plain HTML beside a widget in a saved notebook: hidden while the widget itself
 * is there, so that nobody sees things twice.
 */

const NAME = /^[a-z0-9-]{1,64}$/;

/**
 * Hides the copy of one widget, in whatever cell it is; not those of others. Returns what
 * shows it again. Another view of the same widget keeps it hidden as long as it is there.
 */
export function hideSavedCopy(page: Document, name: string): () => void {
  if (!NAME.test(name)) return () => {}; // a file may hold anything
  const rule = page.createElement("style");
  const copy = `.bspsa-saved-${name}`;
  // Two rules: a browser that does not know :has() drops the one that has it. Without it an
  // empty output would leave a gap.
  rule.textContent = `${copy}{display:none!important}
.jp-OutputArea-child:has(> .jp-OutputArea-output ${copy}){display:none!important}`;
  page.head.append(rule);
  return () => rule.remove();
}
