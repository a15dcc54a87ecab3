import type { ComponentChildren } from "preact";
import { NO_KERNEL, RUN_AGAIN } from "../../kernel/liveness";
import { useMonitor } from "../../monitor/monitor";
import { readMoment, writeDay } from "../../text/dates";

/** What is wrong with what is shown: no kernel, no service, half of the systems. */
export function Bands() {
  const { traits, liveness, knownAt, now, forget, table } = useMonitor();
  const { state, message, checked, failed } = traits.condition.value;
  const at = (moment: string) => {
    const read = readMoment(moment);
    return read ? writeDay(read, now.peek()) : moment;
  };
  const life = liveness.value;
  if (life === "silent" || life === "gone") {
    const since = at(knownAt.value);
    return (
      <Band tone="off" icon="–" isLoud>
        <p class="b-title">{NO_KERNEL[life]}</p>
        <p class="b-detail">
          {since && `This shows what was known ${since}. `}
          {RUN_AGAIN[life]}
        </p>
      </Band>
    );
  }
  if (life === "unknown") return null;
  return (
    <>
      {state === "old" && (
        <Band tone="warn" icon="△" isLoud>
          <p class="b-title">
            Not up to date.{checked && ` This shows what was known ${at(checked)}.`}
          </p>
          {message && <p class="b-detail">{message}</p>}
          {table.all.value.length > 0 && (
            <button type="button" onClick={forget}>
              Remove these rows
            </button>
          )}
        </Band>
      )}
      {state === "live" && message && (
        <Band tone="warn" icon="△" isLoud>
          <p class="b-title">{message}</p>
        </Band>
      )}
      {state === "failed" && traits.connection.value.state !== "no_token" && (
        <Band tone="err" icon="✕" isLoud>
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

interface Props {
  tone: "ok" | "warn" | "err" | "off";
  icon: string;
  /** Said aloud as it comes. */
  isLoud?: boolean;
  children: ComponentChildren;
}

export function Band({ tone, icon, isLoud = false, children }: Props) {
  return (
    <div class={`b-note b-${tone}`} role={isLoud ? "alert" : undefined}>
      <span class="b-icon" aria-hidden="true">
        {icon}
      </span>
      <div class="b-grow b-said">{children}</div>
    </div>
  );
}
