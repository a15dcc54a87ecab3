import { useSignal } from "@preact/signals";
import { useSurface } from "../../page/surface";

export function CopyId({ job }: { job: string }) {
  const surface = useSurface();
  const copied = useSignal("");
  const copy = async () => {
    copied.value = (await surface.copy(job, "Job id copied.")) ? "Copied" : "Not allowed";
    setTimeout(() => {
      copied.value = "";
    }, 2000);
  };
  return (
    <button type="button" onClick={copy}>
      {copied.value || "Copy id"}
    </button>
  );
}
