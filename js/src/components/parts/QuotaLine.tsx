import { writeQuota } from "../../text/quantities";

/** Hours left of a project, as a bar and in words. */
export function QuotaLine({ left, hours }: { left: number; hours: number | null }) {
  const share = hours ? Math.min(1, Math.max(0, left / hours)) : null;
  return (
    <>
      {share !== null && (
        <span class={`b-bar${share < 0.1 ? " b-low" : ""}`} aria-hidden="true">
          <i style={{ width: `${share * 100}%` }} />
        </span>
      )}
      About {writeQuota(left)}
      {hours ? ` of ${writeQuota(hours)}` : ""} h left
    </>
  );
}
