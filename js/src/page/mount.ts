/** Puts a view into the page, and takes it away once, whoever asks for that. */
import { render, type VNode } from "preact";

export function mount(
  content: VNode,
  el: HTMLElement,
  signal: AbortSignal | undefined,
  stop: () => void,
): () => void {
  render(content, el);
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    render(null, el);
    stop();
  };
  signal?.addEventListener("abort", end, { once: true });
  return end;
}
