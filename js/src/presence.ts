/**
 * Tells Python that somebody looks. While nobody does, Python says nothing that only the clock
 * has changed: it would keep a kernel that nobody uses from ever being ended.
 */

/** Milliseconds between two words; Python takes it that nobody looks after three of them. */
export const EVERY = 60_000;

/**
 * @param say called each minute while the page is to be seen, and as soon as it is again
 * @returns what ends it
 */
export function watchPresence(say: () => unknown): () => void {
  const tell = () => {
    if (document.visibilityState !== "hidden") say();
  };
  const timer = setInterval(tell, EVERY);
  document.addEventListener("visibilitychange", tell);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", tell);
  };
}
