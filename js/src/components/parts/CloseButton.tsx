interface Props {
  label: string;
  id?: string;
  "data-close"?: true;
  onClick: () => void;
}

/** A cross that closes what it stands in. */
export function CloseButton({ label, ...rest }: Props) {
  return (
    <button type="button" class="b-link" aria-label={label} {...rest}>
      ✕
    </button>
  );
}
