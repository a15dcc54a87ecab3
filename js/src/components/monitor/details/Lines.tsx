import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Log, Run } from "../../../monitor/contract";

/** Lines that are laid out together, or not at all while they are out of sight. */
const CHUNK = 100;
/** Pixels from the bottom that still count as being there. */
const NEAR = 4;
const WORD =
  /^(?:bold|dim|italic|underline|(?:on-)?(?:bright-)?(?:black|red|green|yellow|blue|magenta|cyan|white))$/;

/**
 * Lines of text. New ones scroll into sight where the last one was in sight before. Text without
 * colours stays text, however much: a line of its own element each would be slow.
 */
export function Lines({ log, wraps }: { log: Log; wraps: boolean }) {
  const box = useRef<HTMLPreElement>(null);
  const isAtEnd = useRef(true);
  useLayoutEffect(() => {
    if (box.current && isAtEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [log, wraps]);
  return (
    <pre
      ref={box}
      class={`b-raw b-lines${wraps ? "" : " b-nowrap"}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled text needs the keyboard, too
      tabIndex={0}
      role="log"
      aria-live="off" // else each line would be read out
      aria-label={log.file || log.stream}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        isAtEnd.current = scrollHeight - clientHeight - scrollTop <= NEAR;
      }}
    >
      {chunksOf(log).map(({ number, lines }) => (
        <div
          key={number}
          class="b-chunk"
          style={{ containIntrinsicBlockSize: `${lines.length * 18}px` }}
        >
          {written(lines)}
        </div>
      ))}
    </pre>
  );
}

/** By the lines' own places, so that only the first and the last change as a log goes on. */
function chunksOf({ at: from, lines }: Log): { number: number; lines: Run[][] }[] {
  const chunks: { number: number; lines: Run[][] }[] = [];
  for (let at = 0; at < lines.length; ) {
    const number = Math.floor((from + at) / CHUNK);
    const next = Math.min(lines.length, (number + 1) * CHUNK - from);
    chunks.push({ number, lines: lines.slice(at, next) });
    at = next;
  }
  return chunks;
}

function written(lines: readonly Run[][]): ComponentChildren[] {
  const parts: ComponentChildren[] = [];
  let plain = "";
  for (const line of lines) {
    for (const [text, classes] of line) {
      if (!classes) {
        plain += text;
        continue;
      }
      if (plain) parts.push(plain);
      plain = "";
      parts.push(<span class={inkOf(classes)}>{text}</span>);
    }
    plain += "\n";
  }
  if (plain) parts.push(plain);
  return parts;
}

/** Only the words that the styles know. */
function inkOf(classes: string): string {
  const words = classes.split(" ").filter((word) => WORD.test(word));
  return words.map((word) => `b-ink-${word}`).join(" ");
}
