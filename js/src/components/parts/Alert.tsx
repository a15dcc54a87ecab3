interface Props {
  words: string;
  isWide?: boolean;
}

/** What went wrong, said aloud as it comes; nothing where there are no words. */
export function Alert({ words, isWide = false }: Props) {
  if (!words) return null;
  return (
    <p class={isWide ? "b-msg b-wide" : "b-msg"} role="alert">
      ▲ {words}
    </p>
  );
}
