import { useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { useSurface } from "../../page/surface";

export interface News {
  /** What is told about; what is there already as it changes is not news. */
  about: string;
  /** Changes as there is something to say. */
  key: string;
  words: string;
}

/** Says aloud what is new, each once; `read` reads signals. */
export function LiveRegion({ read }: { read: () => News }) {
  const { announcement } = useSurface();
  // A new element each time: the same words once more would change nothing that is read aloud.
  const said = useSignal({ words: "", time: 0 });
  const say = (words: string) => {
    said.value = { words, time: said.peek().time + 1 };
  };
  const last = useRef<News | null>(null);
  useSignalEffect(() => {
    const news = read();
    const before = last.current;
    last.current = news;
    if (before?.about === news.about && before.key !== news.key) say(news.words);
  });
  useSignalEffect(() => {
    if (announcement.value) say(announcement.value);
  });
  return (
    <div class="b-unseen" role="status" aria-live="polite">
      {said.value.words && <span key={said.value.time}>{said.value.words}</span>}
    </div>
  );
}
