import { usePanel } from "../panel";

const STATES = {
  unknown: "not asked yet",
  connected: "connected",
  no_token: "no access token",
  offline: "not reachable",
} as const;

export function Header() {
  const { traits, silent } = usePanel();
  const { label, user, message, ...connection } = traits.connection.value;
  // Where no kernel answers nobody knows whether the service does.
  const state = silent.value ? "unknown" : connection.state;
  const { endpoint } = traits.errors.value;
  const words = silent.value ? "no kernel" : (STATES[state] ?? state);
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
