import { NO_KERNEL, RUN_AGAIN } from "../../kernel/liveness";
import { useMonitor } from "../../monitor/monitor";
import { readMoment, writeDay } from "../../text/dates";
import { Band } from "../parts/Band";

/** What is wrong with what is shown: no kernel, no service, half of the systems. */
export function Bands() {
  const { traits, liveness } = useMonitor();
  const { state, message, failed } = traits.condition.value;
  const life = liveness.value;
  if (life === "silent" || life === "gone") return <NoKernel life={life} />;
  if (life === "unknown") return null;
  return (
    <>
      {state === "old" && <NotUpToDate />}
      {state === "live" && message && (
        <Band tone="warn" icon="△" role="alert">
          <p class="b-title">{message}</p>
        </Band>
      )}
      {state === "failed" && traits.connection.value.state !== "no_token" && (
        <Band tone="err" icon="✕" role="alert">
          <p class="b-title">{message || "Your jobs could not be read."}</p>
        </Band>
      )}
      {failed.map(({ system, words }) => (
        <Band key={system} tone="warn" icon="△">
          <p class="b-title">The jobs of {system} could not be read.</p>
          <p class="b-detail">{words}</p>
        </Band>
      ))}
    </>
  );
}

function NoKernel({ life }: { life: "silent" | "gone" }) {
  const { knownAt, now } = useMonitor();
  const since = dayOf(knownAt.value, now.peek());
  return (
    <Band tone="off" icon="–" role="alert">
      <p class="b-title">{NO_KERNEL[life]}</p>
      <p class="b-detail">
        {since && `This shows what was known ${since}. `}
        {RUN_AGAIN[life]}
      </p>
    </Band>
  );
}

function NotUpToDate() {
  const { traits, now, forget, table } = useMonitor();
  const { message, checked } = traits.condition.value;
  return (
    <Band tone="warn" icon="△" role="alert">
      <p class="b-title">
        Not up to date.{checked && ` This shows what was known ${dayOf(checked, now.peek())}.`}
      </p>
      {message && <p class="b-detail">{message}</p>}
      {table.all.value.length > 0 && (
        <button type="button" onClick={forget}>
          Remove these rows
        </button>
      )}
    </Band>
  );
}

function dayOf(moment: string, now: number): string {
  const read = readMoment(moment);
  return read ? writeDay(read, now) : moment;
}
