import { readMoment, writeExact } from "../../dates";
import { writeSpan } from "../../quantities";
import { useMonitor } from "../monitor";

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
  const { traits, liveness } = useMonitor();
  const { label, user, message } = traits.connection.value;
  const { state, checked } = traits.condition.value;
  const isSilent = liveness.value === "silent";
  const words = isSilent ? "no kernel" : (WORDS[state] ?? state);
  return (
    <header class="b-head">
      <h2>Jobs</h2>
      <span class="b-who" title={[message, user && `user ${user}`].filter(Boolean).join(" · ")}>
        <span class={`b-dot b-dot-${isSilent ? "unknown" : DOTS[state]}`} aria-hidden="true" />
        <span>
          {label && `${label} · `}
          {words}
          {!isSilent && state === "live" && checked && <Ago at={checked} />}
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
