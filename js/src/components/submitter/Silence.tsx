import { NO_KERNEL, RUN_AGAIN } from "../../kernel/liveness";
import { usePanel } from "../../submitter/panel";
import { Band } from "../parts/Band";
import { Moment } from "../parts/Moment";

/** Above all else where no kernel answers: what is shown is the past. */
export function Silence() {
  const { liveness, job, traits } = usePanel();
  const life = liveness.value;
  if (life !== "silent" && life !== "gone") return null;
  const at = job.value?.checked || traits.known_at.value;
  return (
    <Band tone="off" icon="–" role="status">
      <p class="b-title">{NO_KERNEL[life]}</p>
      <p class="b-detail">
        {at && (
          <>
            This shows what was known at <Moment at={at} />.{" "}
          </>
        )}
        {RUN_AGAIN[life]}
      </p>
    </Band>
  );
}
