/** One line of help; `{archive}` and its like are set as code. */
export function Help({ text }: { text: string }) {
  const parts = text.split(/(\{\w+\})/);
  // A place in a fixed sentence is its key.
  return (
    <>{parts.map((part, place) => (place % 2 ? <code key={String(place)}>{part}</code> : part))}</>
  );
}
