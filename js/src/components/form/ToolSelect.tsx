import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { usePanel } from "../../submitter/panel";
import { AS_TYPED } from "../parts/Search";
import { type Control, Field } from "./Field";

const OTHER = "\u2026other";

/** The tools known by name; any other id can be typed. */
export function ToolSelect() {
  const panel = usePanel();
  const { otherTool, otherToolId, system, traits } = panel;
  /** "Other…" was chosen just now. */
  const chosen = useRef(false);
  const spec = system.value?.fields.find((field) => field.name === "tool");
  const tools = system.value?.tools ?? [];
  const tool = traits.tool.value;
  const other = otherTool.value || (tool !== "" && !tools.some(({ id }) => id === tool));
  if (!spec) return null;

  const choose = (value: string) => {
    chosen.current = value === OTHER;
    otherTool.value = chosen.current;
    if (other && value !== OTHER) otherToolId.value = tool;
    panel.edit({ tool: value === OTHER ? otherToolId.value : value });
  };
  return (
    <Field name="tool" label={spec.label} span={6} hint={spec.help}>
      {(control) => (
        <>
          <select
            {...control}
            value={other ? OTHER : tool}
            onChange={(event) => choose(event.currentTarget.value)}
          >
            {!other && tool === "" && <option value="">Choose a tool…</option>}
            {tools.map(({ id, label }) => (
              <option key={id} value={id}>
                {label} ({id})
              </option>
            ))}
            <option value={OTHER}>Other…</option>
          </select>
          {other && <OtherTool control={control} chosen={chosen} />}
        </>
      )}
    </Field>
  );
}

interface OtherProps {
  control: Control;
  chosen: RefObject<boolean>;
}

/** Gets the focus where the user asked for it. */
function OtherTool({ control, chosen }: OtherProps) {
  const panel = usePanel();
  const text = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (chosen.current) text.current?.focus();
    chosen.current = false;
  }, [chosen]);
  return (
    <input
      {...control}
      ref={text}
      id={panel.id("tool-id")}
      class="b-mono"
      type="text"
      aria-label="Tool id"
      placeholder="Id of the tool, e.g. PY_TG"
      {...AS_TYPED}
      value={panel.traits.tool.value}
      onInput={(event) => {
        panel.otherTool.value = true;
        panel.edit({ tool: event.currentTarget.value }, "soon");
      }}
      onBlur={panel.flush}
    />
  );
}
