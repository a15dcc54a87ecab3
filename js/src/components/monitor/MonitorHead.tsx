import { useMonitor } from "../../monitor/monitor";
import { readMoment, writeExact } from "../../text/dates";
import { writeSpan } from "../../text/quantities";

const DOTS = {
  loading: "unknown",
  live: "connected",
  old: "no_token",
  failed: "offline",
} as const;
const WORDS = {
  loading: "reading",
  live: "live",
  old: "not up to date",
  failed: "failed",
} as const;

export function MonitorHead() {
  const { traits, liveness, isShut } = useMonitor();
  const { label, user, message } = traits.connection.value;
  const { state, checked } = traits.condition.value;
  const isBusy = liveness.value === "busy";
  const isLive = state === "live" && !isShut.value;
  const words = isShut.value ? "no kernel" : isBusy ? "kernel busy" : (WORDS[state] ?? state);
  return (
    <header class="b-head">
      <h2>Jobs</h2>
      <span class="b-who" title={[message, user && `user ${user}`].filter(Boolean).join(" · ")}>
        <span
          class={`b-dot b-dot-${isShut.value || isBusy ? "unknown" : DOTS[state]}`}
          aria-hidden="true"
        />
        <span>
          {label && `${label} · `}
          {words}
          {isLive && checked && <Ago at={checked} />}
        </span>
      </span>
    </header>
  );
}

function Ago({ at }: { at: string }) {
  const { now } = useMonitor();
  const moment = readMoment(at);
  if (!moment) return null;
  return (
    <time class="b-next" dateTime={at} title={writeExact(moment)}>
      {` · ${writeSpan(now.value - moment.getTime())} ago`}
    </time>
  );
}
