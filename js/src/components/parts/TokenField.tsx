import { useRef } from "preact/hooks";
import type { Connection } from "../../contract";
import { useSurface } from "../../page/surface";

interface Props {
  connection: Connection;
  error: string;
  onUse: (token: string) => void;
}

/** What is typed here goes to Python in one message, and nowhere else. */
export function TokenField({ connection, error, onUse }: Props) {
  const surface = useSurface();
  const input = useRef<HTMLInputElement>(null);
  const { state, message } = connection;
  if (state !== "no_token" && !error) return null;

  const use = () => {
    const token = input.current?.value ?? "";
    if (input.current) input.current.value = "";
    if (token.trim()) onUse(token);
  };
  const id = surface.id("token");
  return (
    <div class="b-token">
      <div class="b-field">
        <label for={id}>Access token</label>
        <div class="b-row">
          <input
            ref={input}
            id={id}
            class="b-grow"
            type="password"
            autocomplete="off"
            spellcheck={false}
            aria-invalid={Boolean(error)}
            aria-describedby={`${id}-hint`}
            onKeyDown={(event) => event.key === "Enter" && use()}
          />
          <button type="button" onClick={use}>
            Use token
          </button>
        </div>
        <Hint id={`${id}-hint`} error={error} message={message} />
      </div>
    </div>
  );
}

function Hint({ id, error, message }: { id: string; error: string; message: string }) {
  return (
    <div id={id}>
      {error && <p class="b-msg">▲ {error}</p>}
      <p class="b-hint">{message || "Kept in the kernel's memory only, never in the notebook."}</p>
    </div>
  );
}
