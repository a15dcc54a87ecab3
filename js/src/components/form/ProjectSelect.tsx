import { usePanel } from "../../submitter/panel";
import { QuotaLine } from "../parts/QuotaLine";
import { Field } from "./Field";

export function ProjectSelect() {
  const panel = usePanel();
  const { hpc, project, projects } = panel.traits;
  const known = panel.system.value?.projects ?? [];
  const standard = known[0] ?? "";
  const names = new Set([...known, ...(projects.value[hpc.value] ?? []), project.value]);
  names.delete("");
  const quota = panel.quota.value;
  const hint = quota && typeof quota.hours_left === "number" && (
    <QuotaLine left={quota.hours_left} hours={quota.hours} />
  );
  return (
    <Field name="project" label="Project" span={6} hint={hint}>
      {(control) => (
        <select
          {...control}
          value={project.value}
          onChange={(event) => panel.edit({ project: event.currentTarget.value })}
        >
          <option value="">{standard ? `Default (${standard})` : "Default"}</option>
          {[...names].map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
