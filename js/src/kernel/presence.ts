/**
 * Tells Python that somebody looks, and when a view goes. While nobody looks, Python says nothing
 * that only the clock has changed: it would keep a kernel that nobody uses from ever being ended.
 */
import { effect, untracked } from "@preact/signals";
import type { Heart } from "./heart";

/** Milliseconds between two words; Python takes it that nobody looks after three of them. */
export const EVERY = 60_000;

type Speaker = Pick<Heart, "greet" | "leave" | "hello" | "host">;

/**
 * @param heart greets each minute while the page is to be seen, and as soon as it is again
 * @param isHeard whether there may be anybody to tell
 * @returns what ends it: the view goes
 */
export function watchPresence(heart: Speaker, isHeard: () => boolean): () => void {
  /** The widget was an output of its own: in a box of others that would tell nothing. */
  let wasShown = false;
  const isShown = () => {
    const comm = heart.hello.peek()?.comm;
    return comm === undefined ? undefined : heart.host.shows(comm);
  };
  const stopLook = effect(() => {
    if (heart.hello.value) wasShown ||= untracked(isShown) === true;
  });
  const tell = () => {
    if (document.visibilityState !== "hidden" && isHeard()) heart.greet();
  };
  const leave = (isGone: boolean) => {
    if (isHeard()) heart.leave(isGone);
  };
  const close = () => leave(false); // the page is closed, or reloaded
  const timer = setInterval(tell, EVERY);
  document.addEventListener("visibilitychange", tell);
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", tell);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", tell);
    window.removeEventListener("pagehide", close);
    window.removeEventListener("pageshow", tell);
    stopLook();
    leave(wasShown && isShown() === false);
  };
}
