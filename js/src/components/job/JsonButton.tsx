import type { Signal } from "@preact/signals";

interface Props {
  isOpen: Signal<boolean>;
  /** The id of what it shows and hides. */
  controls: string;
}

/** Shows and hides the raw response. */
export function JsonButton({ isOpen, controls }: Props) {
  return (
    <button
      type="button"
      aria-expanded={isOpen.value}
      aria-controls={controls}
      onClick={() => {
        isOpen.value = !isOpen.value;
      }}
    >
      JSON
    </button>
  );
}
