/** The service's response as it came. */
export function RawJson({ id, value }: { id: string; value: unknown }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled text needs the keyboard, too
    <pre id={id} class="b-raw b-wide" tabIndex={0}>
      {JSON.stringify(value, null, 2)}
    </pre>
  );
}
