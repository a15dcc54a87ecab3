import { usePanel } from "../../submitter/panel";

const STATES = {
  unknown: "not asked yet",
  connected: "connected",
  no_token: "no access token",
  offline: "not reachable",
} as const;

export function Header() {
  const { traits, liveness, isShut } = usePanel();
  const { label, user, message, ...connection } = traits.connection.value;
  const isBusy = liveness.value === "busy";
  // Where no kernel answers nobody knows whether the service does.
  const state = isShut.value || isBusy ? "unknown" : connection.state;
  const { endpoint } = traits.errors.value;
  const words = isShut.value ? "no kernel" : isBusy ? "kernel busy" : (STATES[state] ?? state);
  const problem = endpoint || (state === "offline" ? message : "");
  return (
    <header class="b-head">
      <h2>Submit a job</h2>
      <span class="b-who" title={message || words}>
        <span class={`b-dot b-dot-${state}`} aria-hidden="true" />
        <span>
          {label}
          {user && (
            <>
              {" · user "}
              <bdi>{user}</bdi>
            </>
          )}
          {state === "connected" ? (
            <span class="b-unseen">, {words}</span>
          ) : (
            `${label && " · "}${words}`
          )}
        </span>
      </span>
      {problem && <p class="b-msg b-wide">▲ {problem}</p>}
    </header>
  );
}
