import type { Signal } from "@preact/signals";

/** For what is no sentence: nothing completes or corrects it. */
export const AS_TYPED = { autocomplete: "off", autocapitalize: "off", spellcheck: false } as const;

interface Props {
  label: string;
  placeholder: string;
  text: Signal<string>;
}

/** An input by which a list is filtered at each key. */
export function Search({ label, placeholder, text }: Props) {
  return (
    <input
      {...AS_TYPED}
      class="b-grow"
      type="search"
      dir="auto"
      aria-label={label}
      placeholder={placeholder}
      value={text.value}
      onInput={(event) => {
        text.value = event.currentTarget.value;
      }}
    />
  );
}
