import type { FolderInfo } from "../../submitter/contract";
import { usePanel } from "../../submitter/panel";
import { grouped, writeBytes, writeCount } from "../../text/quantities";
import { AS_TYPED } from "../parts/Search";
import { ReviewBox } from "../review/ReviewBox";
import { type Control, Field } from "./Field";
import { FolderBrowser } from "./FolderBrowser";

export function FolderPicker() {
  const panel = usePanel();
  const { folder, folder_info } = panel.traits;
  return (
    <>
      <Field
        name="folder"
        label="Folder"
        span={8}
        hint={<FolderFigures info={folder_info.value} />}
        aside={folder.value.trim() !== "" && <ReviewButton />}
      >
        {(control) => <FolderInput control={control} />}
      </Field>
      {panel.browser.value && <FolderBrowser />}
      {panel.reviewing.shown.value && <ReviewBox />}
    </>
  );
}

function FolderInput({ control }: { control: Control }) {
  const panel = usePanel();
  const folder = panel.traits.folder.value;
  const open = panel.browser.value !== null;
  return (
    <div class="b-row">
      <input
        {...control}
        {...AS_TYPED}
        class="b-grow"
        type="text"
        dir="auto"
        value={folder}
        onInput={(event) => panel.edit({ folder: event.currentTarget.value }, "soon")}
        onBlur={panel.flush}
      />
      <button
        type="button"
        id={panel.id("browse")}
        aria-expanded={open}
        aria-controls={panel.id("browser")}
        onClick={() => (open ? panel.closeBrowser() : panel.browse(holderOf(folder)))}
      >
        Browse…
      </button>
    </div>
  );
}

function ReviewButton() {
  const panel = usePanel();
  const open = panel.reviewing.shown.value !== null;
  return (
    <button
      type="button"
      id={panel.id("review")}
      class="b-link b-small"
      aria-expanded={open}
      aria-controls={panel.id("review-box")}
      onClick={() => (open ? panel.reviewing.close() : panel.review())}
    >
      Review
    </button>
  );
}

/** What would travel. */
function FolderFigures({ info }: { info: FolderInfo }) {
  if (info.state === "counting") return <>Counting…</>;
  if (info.state === "error") return <span class="b-warning">{info.message}</span>;
  if (info.state !== "ok") return <>{info.message || "Its files are packed and sent"}</>;
  const files = writeCount(info.files, "file");
  return (
    <>
      <b>
        {files}, {writeBytes(info.size)}
      </b>
      {info.left_out > 0 && ` · ${grouped(info.left_out)} excluded`}
      {info.message && ` · ${info.message}`}
    </>
  );
}

/** The folder that holds `path`: what one looks for is most often beside it. */
function holderOf(path: string): string {
  return path.replace(/\/+$/, "").split("/").slice(0, -1).join("/");
}
