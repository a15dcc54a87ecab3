import { useMonitor } from "../../monitor/monitor";
import { writeCount } from "../../text/quantities";
import { QuotaLine } from "../parts/QuotaLine";

/** What is left of each project, folded away until it is asked for. */
export function Quotas() {
  const { traits } = useMonitor();
  const known = Object.entries(traits.quotas.value)
    .filter(([, { hours_left }]) => typeof hours_left === "number")
    .sort(([one], [other]) => (one < other ? -1 : 1));
  if (known.length === 0) return null;
  return (
    <details class="b-records b-quotas">
      <summary>Hours left ({writeCount(known.length, "project")})</summary>
      <ul>
        {known.map(([key, { hours_left, hours }]) => (
          <li key={key}>
            <b>{nameOf(key)}</b>
            <div class="b-hint">
              <QuotaLine left={hours_left ?? 0} hours={hours} />
            </div>
          </li>
        ))}
      </ul>
    </details>
  );

  /** "pizdaint/bsp_01" → "Piz Daint · bsp_01". */
  function nameOf(key: string): string {
    const [hpc, ...project] = key.split("/");
    const system = traits.systems.value.find(({ id }) => id === hpc);
    return [system?.label ?? hpc, project.join("/")].filter(Boolean).join(" · ");
  }
}
