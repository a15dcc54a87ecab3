import { useSignal } from "@preact/signals";
import { useMonitor } from "../../../monitor/monitor";
import type { Results } from "../../../monitor/results/results";
import { useRescue } from "../../../page/surface";
import { grouped, writeBytes } from "../../../text/quantities";
import { Alert } from "../../parts/Alert";
import { Question } from "../../parts/Question";
import { AS_TYPED } from "../../parts/Search";
import { DownloadProgress } from "./DownloadProgress";
import { DownloadReport } from "./DownloadReport";
import { FileList } from "./FileList";
import { PreviewBox } from "./PreviewBox";

/** What the job left behind: listed, fetched into a folder, looked at in place. */
export function FilesTab({ results }: { results: Results }) {
  const list = results.files.value;
  return (
    <div class="b-pad b-files">
      <Alert words={results.notice.value} />
      {list?.error && <p class="b-warning">△ {list.error}</p>}
      {!list && results.isReading.value && <p class="b-hint">Reading…</p>}
      {list && list.files.length === 0 && !list.error && (
        <p class="b-hint">There are no files yet.</p>
      )}
      {list && list.files.length > 0 && <FileList results={results} files={list.files} />}
      {Object.entries(results.unpacked.value).map(([name, words]) => (
        <p key={name} class="b-hint" role="status">
          <bdi>{name}</bdi>: {words}
        </p>
      ))}
      {list?.notes.map((note) => (
        <p key={note} class="b-hint">
          {note}
        </p>
      ))}
      <PreviewBox results={results} />
      <OtherName results={results} />
      <Download results={results} />
      <DownloadReport results={results} />
    </div>
  );
}

/** Where they go, and the button; while a download is under way, how far it is. */
function Download({ results }: { results: Results }) {
  const list = results.files.value;
  const ticked = results.ticked.value;
  const names = (list?.files ?? []).map(({ name }) => name).filter((name) => ticked.has(name));
  const hint =
    names.length === 0
      ? (list?.files ?? [])
      : (list?.files.filter(({ name }) => ticked.has(name)) ?? []);
  const bytes = hint.reduce((sum, { size }) => sum + (size ?? 0), 0);
  if (results.isDownloading.value) return <DownloadProgress results={results} />;
  const size = bytes > 0 ? ` (${writeBytes(bytes)})` : "";
  const what = names.length > 0 ? `${grouped(names.length)} chosen` : "all";
  return (
    <>
      <div class="b-row b-wraps b-below">
        <label class="b-grow b-folder">
          Into the folder
          <input
            type="text"
            dir="auto"
            {...AS_TYPED}
            placeholder={list?.place ?? ""}
            value={results.folder.value}
            onInput={(event) => {
              results.folder.value = event.currentTarget.value;
            }}
          />
        </label>
        <DownloadButton onClick={() => results.download(names)}>
          {`Download ${what}${size}`}
        </DownloadButton>
      </div>
      <Replace results={results} />
    </>
  );
}

function DownloadButton({ onClick, children }: { onClick: () => void; children: string }) {
  const { id } = useMonitor();
  const button = useRescue<HTMLButtonElement>(["stop-download"]);
  return (
    <button ref={button} type="button" id={id("download")} class="b-primary" onClick={onClick}>
      {children}
    </button>
  );
}

/** What is in the way is replaced on the user's word only. */
function Replace({ results }: { results: Results }) {
  const { focus } = useMonitor();
  const outcome = results.outcome.value;
  const answered = useSignal<unknown>(null);
  const names = (outcome?.left ?? [])
    .filter(({ may_replace }) => may_replace)
    .map(({ name }) => name);
  if (names.length === 0 || answered.value === outcome) return null;
  const shown =
    names.slice(0, 5).join(", ") + (names.length > 5 ? `, and ${names.length - 5} more` : "");
  const close = () => {
    answered.value = outcome;
    focus.to("download");
  };
  return (
    <Question
      action={{
        label: names.length === 1 ? "Replace it" : `Replace these ${names.length}`,
        confirm: `${names.length === 1 ? "A file of this name is" : "Files of these names are"} in the folder already: ${shown}. Replace ${names.length === 1 ? "it by the job's file" : "them by the job's files"}?`,
      }}
      isGrave
      homes={["download", "close"]}
      isShut={false}
      isUnasked
      onYes={() => {
        close();
        results.download(names, names);
      }}
      onNo={close}
    />
  );
}

/** The service hides some files, or cuts their names: what is typed here is tried. */
function OtherName({ results }: { results: Results }) {
  const { isShut } = useMonitor();
  const name = useSignal("");
  const get = () => {
    const wanted = name.value.trim();
    if (!wanted || results.isDownloading.value) return;
    results.download([wanted]);
    name.value = "";
  };
  return (
    <details class="b-other">
      <summary>A file that is not listed</summary>
      <div class="b-row">
        <input
          class="b-grow"
          type="text"
          dir="auto"
          aria-label="Name of a file that is not listed"
          placeholder="Its name at the service"
          {...AS_TYPED}
          value={name.value}
          onInput={(event) => {
            name.value = event.currentTarget.value;
          }}
          onKeyDown={(event) => event.key === "Enter" && get()}
        />
        <button type="button" aria-disabled={!name.value.trim() || isShut.value} onClick={get}>
          Try to download
        </button>
      </div>
    </details>
  );
}
