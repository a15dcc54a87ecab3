import { usePanel } from "../../submitter/panel";
import { Field } from "./Field";

export function SystemSelect() {
  const panel = usePanel();
  const hpc = panel.traits.hpc.value;
  const systems = panel.traits.systems.value;
  return (
    <Field name="hpc" label="System" span={6}>
      {(control) => (
        <select
          {...control}
          value={hpc}
          onChange={(event) => panel.chooseSystem(event.currentTarget.value)}
        >
          {!panel.system.value && <option value={hpc}>{hpc || "—"}</option>}
          {systems.map((system) => (
            <option key={system.id} value={system.id}>
              {system.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
