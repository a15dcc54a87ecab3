/** Lumino passes over a key where its target has this; on what is around the target it comes too late. */
const SUPPRESS = "data-lm-suppress-shortcuts";

/**
 * Keeps keys that are pressed below `root` from JupyterLab, which takes letters, arrows and Enter
 * as commands to the notebook. Only "save" goes on to it. Returns what ends this.
 */
export function keepKeys(root: HTMLElement): () => void {
  const page = root.ownerDocument.defaultView;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.composedPath().includes(root))
      (event.target as Element).toggleAttribute(SUPPRESS, !isSave(event));
  };
  // The window hears of a key before the document does, where JupyterLab listens.
  page?.addEventListener("keydown", onKeyDown, true);
  return () => page?.removeEventListener("keydown", onKeyDown, true);
}

function isSave({ key, ctrlKey, metaKey }: KeyboardEvent): boolean {
  return (ctrlKey || metaKey) && key.toLowerCase() === "s";
}
