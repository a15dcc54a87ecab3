import { UNSEEN } from "../../text/python_code";

/** The service's response as it sent it. */
export function RawJson({ id, value }: { id: string; value: unknown }) {
  return (
    <div id={id} class="b-wide">
      <p class="b-hint">The service's own response, as it sent it:</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled text needs the keyboard, too */}
      <pre class="b-raw" tabIndex={0}>
        {jsonText(value)}
      </pre>
    </div>
  );
}

/** JSON in which every character is to be seen, by JSON's own escapes. */
function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(UNSEEN, (found) =>
    found === "\n" ? found : found.split("").map(escaped).join(""),
  );
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
