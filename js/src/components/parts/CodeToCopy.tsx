import { useEffect, useRef } from "preact/hooks";
import { useSurface } from "../../page/surface";

/** Where the clipboard is out of reach: the code itself, selected. */
export function CodeToCopy() {
  const surface = useSurface();
  const text = useRef<HTMLTextAreaElement>(null);
  const { codeToCopy } = surface;
  useEffect(() => {
    text.current?.focus();
    text.current?.select();
  }, [codeToCopy.value]);
  if (!codeToCopy.value) return null;
  const id = surface.id("code");
  return (
    <div class="b-field b-wide">
      <div class="b-row">
        <label class="b-grow" for={id}>
          Code to copy by hand
        </label>
        <button
          type="button"
          class="b-link"
          onClick={() => {
            codeToCopy.value = "";
          }}
        >
          Hide
        </button>
      </div>
      <textarea ref={text} id={id} rows={8} readOnly value={codeToCopy.value} />
    </div>
  );
}
