import { useMonitor } from "../../../monitor/monitor";
import type { Downloading } from "../../../monitor/results/contract";
import type { Results } from "../../../monitor/results/results";
import { useRescue } from "../../../page/surface";
import { writeBytes, writeDone } from "../../../text/quantities";
import { ProgressBar } from "../../parts/ProgressBar";

export function DownloadProgress({ results }: { results: Results }) {
  const { id } = useMonitor();
  const stop = useRescue<HTMLButtonElement>(["download"]);
  const progress = results.progress.value;
  const shut = results.isStopping.value;
  return (
    <div class="b-row b-below">
      <div class="b-grow b-progress">
        <ProgressBar label="Download" done={progress?.done ?? 0} total={progress?.total ?? 0} />
        <span class="b-hint b-cut">
          {progress ? <Figures {...progress} /> : "Asking for the files"}
        </span>
      </div>
      <button
        ref={stop}
        type="button"
        id={id("stop-download")}
        aria-disabled={shut}
        onClick={() => !shut && results.stopDownload()}
      >
        {shut ? "Stopping…" : "Stop"}
      </button>
    </div>
  );
}

/** "2 of 4: traces.csv, 3.1 of 8 MB". */
function Figures({ name, done, total, number, count, waits }: Downloading) {
  const bytes = total === null ? writeBytes(done) : writeDone(done, total);
  return (
    <>
      {`${number} of ${count}: `}
      <bdi>{name}</bdi>
      {`, ${waits || bytes}`}
    </>
  );
}
