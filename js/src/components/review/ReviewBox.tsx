import { useEffect, useRef } from "preact/hooks";
import type { Review } from "../../contract";
import type { Order } from "../../review/rows";
import { usePanel } from "../../submitter/panel";
import { grouped, writeBytes } from "../../text/quantities";
import { Question } from "../parts/Question";
import { ReviewTree } from "./ReviewTree";

const BUSY = "The kernel is busy. What travels shows as soon as it answers.";
/** Of what cannot be sent, so many are named. */
const MOST_NAMED = 5;

/** What travels of the folder, and what stays, in place; Esc closes it. */
export function ReviewBox() {
  const panel = usePanel();
  const box = useRef<HTMLDivElement>(null);
  const { reviewing } = panel;
  const { review = null, root = null, error = "" } = reviewing.shown.value ?? {};
  const waiting = reviewing.waiting.value;
  const hasTree = root !== null;

  // The focus goes along with the first tree, but is not taken from another place.
  useEffect(() => {
    const active = box.current?.ownerDocument.activeElement ?? null;
    if (hasTree && !box.current?.contains(active)) return;
    panel.focus.to(hasTree ? "review-tree" : "review-close");
  }, [hasTree, panel]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    reviewing.close();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would need a legend in its border
    <div
      ref={box}
      id={panel.id("review-box")}
      class="b-browser b-review"
      role="group"
      aria-label="What travels"
      aria-busy={waiting !== ""}
      onKeyDown={onKeyDown}
    >
      <div class="b-row b-browser-head">
        <span class="b-grow">{root ? <Figures /> : "What travels"}</span>
        <button
          type="button"
          id={panel.id("review-close")}
          class="b-link"
          aria-label="Close the review"
          onClick={reviewing.close}
        >
          ✕
        </button>
      </div>
      <Problem words={error || (waiting === "busy" ? BUSY : "")} />
      {waiting === "looking" && (
        <p class="b-hint" role="status">
          Looking through the folder…
        </p>
      )}
      <Stuck />
      {review && <Warnings review={review} />}
      {root && <Tools />}
      <Secret />
      {root && <ReviewTree />}
      <div class="b-row b-browser-foot">
        <span class="b-hint b-grow">
          Untick what is to stay. The files themselves are not touched.
        </span>
        {reviewing.hasChoice.value && (
          <button type="button" onClick={forget}>
            Undo all ticks
          </button>
        )}
      </div>
    </div>
  );

  function forget() {
    reviewing.forgetChoice();
    panel.focus.to(hasTree ? "review-tree" : "review-close"); // its own button goes
  }
}

function Figures() {
  const { reviewing } = usePanel();
  const root = reviewing.shown.value?.root;
  const estimate = reviewing.estimate.value;
  if (!root) return null;
  return (
    <>
      <b>
        {grouped(root.files)} {root.files === 1 ? "file" : "files"}, {writeBytes(root.bytes)}
      </b>
      {estimate !== null && `, zip about ${writeBytes(Math.round(estimate))}`}
      {root.staying > 0 && ` · ${grouped(root.staying)} left out`}
    </>
  );
}

function Problem({ words }: { words: string }) {
  if (!words) return null;
  return (
    <p class="b-msg" role="alert">
      ▲ {words}
    </p>
  );
}

function Warnings({ review }: { review: Review }) {
  if (review.warnings.length === 0) return null;
  return (
    <div>
      {review.warnings.map((words) => (
        <p key={words} class="b-warning">
          △ {words}
        </p>
      ))}
    </div>
  );
}

/** What has to be mended, or left out, before anything is sent. */
function Stuck() {
  const panel = usePanel();
  const stuck = panel.reviewing.stuck.value;
  if (stuck.length === 0) return null;
  // The folder itself cannot be left out.
  const paths = stuck.map(({ path }) => path).filter((path) => path !== ".");
  const leave = (some: readonly string[]) => {
    panel.reviewing.leaveOut(some);
    panel.focus.to("review-tree"); // the button goes
  };
  return (
    <div class="b-stuck">
      <div class="b-row">
        <p class="b-msg b-grow">▲ This cannot be sent. Mend it, or leave it out:</p>
        {paths.length > 1 && (
          <button type="button" onClick={() => leave(paths)}>
            Leave out all {grouped(paths.length)}
          </button>
        )}
      </div>
      <ul aria-label="What cannot be sent">
        {stuck.slice(0, MOST_NAMED).map(({ path, reason }) => (
          <li key={path} class="b-row">
            <span class="b-grow b-cut" title={path}>
              <bdi>{path}</bdi> <span class="b-hint">{reason}</span>
            </span>
            {path !== "." && (
              <button type="button" aria-label={`Leave out ${path}`} onClick={() => leave([path])}>
                Leave out
              </button>
            )}
          </li>
        ))}
        {stuck.length > MOST_NAMED && (
          <li class="b-hint">… and {grouped(stuck.length - MOST_NAMED)} more</li>
        )}
      </ul>
    </div>
  );
}

function Tools() {
  const { reviewing } = usePanel();
  return (
    <div class="b-row b-review-tools">
      <input
        class="b-grow"
        type="search"
        dir="auto"
        aria-label="Filter by path"
        placeholder="Filter"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        value={reviewing.filter.value}
        onInput={(event) => {
          reviewing.filter.value = event.currentTarget.value;
        }}
      />
      <select
        aria-label="Show"
        value={reviewing.order.value}
        onChange={(event) => {
          reviewing.order.value = event.currentTarget.value as Order;
        }}
      >
        <option value="tree">As a tree</option>
        <option value="biggest">Biggest first</option>
        <option value="left_out">Left out</option>
      </select>
    </div>
  );
}

function Secret() {
  const panel = usePanel();
  const entry = panel.reviewing.secret.value;
  if (!entry) return null;
  const confirm = `${entry.path} looks like a secret. Everyone who can see the job can read it. Send it all the same?`;
  return (
    <Question
      key={entry.path}
      action={{ label: "Send it all the same", confirm }}
      isGrave
      homes={["review-tree"]}
      isShut={false}
      onYes={() => panel.reviewing.answerSecret(true)}
      onNo={() => panel.reviewing.answerSecret(false)}
    />
  );
}
