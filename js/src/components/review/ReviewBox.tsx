import { useEffect, useRef } from "preact/hooks";
import type { Order } from "../../review/rows";
import type { Review } from "../../submitter/contract";
import { usePanel } from "../../submitter/panel";
import { grouped, writeBytes, writeCount } from "../../text/quantities";
import { Alert } from "../parts/Alert";
import { CloseButton } from "../parts/CloseButton";
import { Question } from "../parts/Question";
import { Search } from "../parts/Search";
import { type Choices, Select } from "../parts/Select";
import { ReviewTree } from "./ReviewTree";

const BUSY = "The kernel is busy. The review is shown when it answers.";
/** Of what cannot be sent, so many are named. */
const MOST_NAMED = 5;

/** What travels of the folder, and what stays, in place; Esc closes it. */
export function ReviewBox() {
  const { reviewing, id } = usePanel();
  const hasTree = Boolean(reviewing.shown.value?.root);
  const box = useFocusInReview(hasTree);
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
      id={id("review-box")}
      class="b-browser b-review"
      role="group"
      aria-label="Files to send"
      aria-busy={reviewing.waiting.value !== ""}
      onKeyDown={onKeyDown}
    >
      <div class="b-row b-browser-head">
        <span class="b-grow">{hasTree ? <Figures /> : "Files to send"}</span>
        <CloseButton id={id("review-close")} label="Close the review" onClick={reviewing.close} />
      </div>
      <Messages />
      {hasTree && <Tools />}
      <Secret />
      {hasTree && <ReviewTree />}
      <Foot />
    </div>
  );
}

/** The focus goes along with the first tree, but is not taken from another place. */
function useFocusInReview(hasTree: boolean) {
  const panel = usePanel();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const active = box.current?.ownerDocument.activeElement ?? null;
    if (hasTree && !box.current?.contains(active)) return;
    panel.focus.to(hasTree ? "review-tree" : "review-close");
  }, [hasTree, panel]);
  return box;
}

/** What is wrong, or to be known. */
function Messages() {
  const { shown, waiting } = usePanel().reviewing;
  const { review = null, error = "" } = shown.value ?? {};
  return (
    <>
      <Alert words={error || (waiting.value === "busy" ? BUSY : "")} />
      {waiting.value === "looking" && (
        <p class="b-hint" role="status">
          Looking through the folder…
        </p>
      )}
      <Stuck />
      {review && <Warnings review={review} />}
    </>
  );
}

function Foot() {
  const { reviewing, focus } = usePanel();
  const forget = () => {
    reviewing.forgetChoice();
    // Its own button goes.
    focus.to(reviewing.shown.value?.root ? "review-tree" : "review-close");
  };
  return (
    <div class="b-row b-browser-foot">
      <span class="b-hint b-grow">
        Untick files that should not be sent. Your files are not changed.
      </span>
      {reviewing.hasChoice.value && (
        <button type="button" onClick={forget}>
          Undo all ticks
        </button>
      )}
    </div>
  );
}

function Figures() {
  const { reviewing } = usePanel();
  const root = reviewing.shown.value?.root;
  const estimate = reviewing.estimate.value;
  if (!root) return null;
  return (
    <>
      <b>
        {writeCount(root.files, "file")}, {writeBytes(root.bytes)}
      </b>
      {estimate !== null && `, zip about ${writeBytes(Math.round(estimate))}`}
      {root.staying > 0 && ` · ${grouped(root.staying)} excluded`}
    </>
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
        <p class="b-msg b-grow">▲ This cannot be sent. Fix it or exclude it:</p>
        {paths.length > 1 && (
          <button type="button" onClick={() => leave(paths)}>
            Exclude all {grouped(paths.length)}
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
              <button type="button" aria-label={`Exclude ${path}`} onClick={() => leave([path])}>
                Exclude
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

const ORDERS: Choices = [
  ["tree", "As a tree"],
  ["biggest", "Biggest first"],
  ["left_out", "Excluded"],
];

function Tools() {
  const { filter, order } = usePanel().reviewing;
  return (
    <div class="b-row b-review-tools">
      <Search label="Filter by path" placeholder="Filter" text={filter} />
      <Select
        label="Show"
        value={order.value}
        choices={ORDERS}
        onChoose={(value) => {
          order.value = value as Order;
        }}
      />
    </div>
  );
}

function Secret() {
  const panel = usePanel();
  const entry = panel.reviewing.secret.value;
  if (!entry) return null;
  const confirm = `${entry.path} looks like a secret. Everyone who can see the job can read it. Send it anyway?`;
  return (
    <Question
      key={entry.path}
      action={{ label: "Send it anyway", confirm }}
      isGrave
      homes={["review-tree"]}
      isShut={false}
      onYes={() => panel.reviewing.answerSecret(true)}
      onNo={() => panel.reviewing.answerSecret(false)}
    />
  );
}
