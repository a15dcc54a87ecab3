import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/**
 * What `read` says (milliseconds), anew each second while `running`; the seconds begin where
 * `from` changes.
 */
export function useClock(read: () => number, running: boolean, from = 0): number {
  const now = useSignal(read());
  useEffect(() => {
    if (!running) return;
    now.value = read();
    const timer = setInterval(() => {
      now.value = read();
    }, 1000);
    return () => clearInterval(timer);
  }, [read, running, from, now]);
  return now.value;
}
