import { useLayoutEffect, useRef } from "preact/hooks";
import { usePanel } from "../../submitter/panel";
import { Field } from "./Field";

const OTHER = "\u2026other";

/** The tools known by name; any other id can be typed. */
export function ToolSelect() {
  const panel = usePanel();
  const { state, system, traits } = panel;
  const text = useRef<HTMLInputElement>(null);
  const chosen = useRef(false);
  const spec = system.value?.fields.find((field) => field.name === "tool");
  const tools = system.value?.tools ?? [];
  const tool = traits.tool.value;
  const other = state.otherTool.value || (tool !== "" && !tools.some(({ id }) => id === tool));
  useLayoutEffect(() => {
    if (chosen.current && other) text.current?.focus();
    chosen.current = false;
  }, [other]);
  if (!spec) return null;

  const choose = (value: string) => {
    state.otherTool.value = value === OTHER;
    chosen.current = value === OTHER;
    if (other && value !== OTHER) state.otherToolId = tool;
    panel.edit({ tool: value === OTHER ? state.otherToolId : value });
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
          {other && (
            <input
              {...control}
              ref={text}
              id={panel.id("tool-id")}
              class="b-mono"
              type="text"
              aria-label="Tool id"
              placeholder="Id of the tool, e.g. PY_TG"
              autocomplete="off"
              autocapitalize="off"
              spellcheck={false}
              value={tool}
              onInput={(event) => {
                state.otherTool.value = true;
                panel.edit({ tool: event.currentTarget.value }, "soon");
              }}
              onBlur={panel.flush}
            />
          )}
        </>
      )}
    </Field>
  );
}
