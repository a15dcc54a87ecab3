import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Action } from "../../contract";
import { usePanel } from "../../submitter/panel";
import { Question } from "../parts/Question";
import { ActionButton } from "./ActionButton";

interface Props {
  actions: Action[];
  /** What they are done to. */
  record: string;
  /** Where the focus goes when its button goes: names of elements, the first there is. */
  homes: readonly string[];
  /** The id of what says whose buttons these are. */
  describedBy?: string;
}

/** Buttons for what can be done about a submission; some ask before they do it. */
export function Actions({ actions, record, homes, describedBy }: Props) {
  const panel = usePanel();
  const row = useRef<HTMLDivElement>(null);
  const asking = useSignal<Action["kind"] | "">("");
  /** Whose button gets the focus back. */
  const left = useRef<Action["kind"] | "">("");
  const under_way = useSignal<readonly Action["kind"][]>([]);
  const notice = useSignal("");
  const question = actions.find(({ kind, confirm }) => kind === asking.value && confirm);

  useLayoutEffect(() => {
    if (question) return;
    asking.value = ""; // also where the action went while it was asked about
    const button = row.current?.querySelector<HTMLElement>(`[data-kind="${left.current}"]`);
    if (left.current) button?.focus();
    left.current = "";
  }, [question, asking]);

  const isShut = (kind: Action["kind"]) =>
    kind === "again" ? !panel.ready.value : panel.isShut.value || under_way.value.includes(kind);
  const act = async (kind: Action["kind"]) => {
    if (isShut(kind)) return;
    under_way.value = [...under_way.value, kind];
    await panel.act(kind, record, (words) => {
      notice.value = words;
    });
    under_way.value = under_way.value.filter((other) => other !== kind);
  };
  const close = (kind: Action["kind"]) => {
    left.current = kind;
    asking.value = "";
  };

  if (question) {
    const { kind } = question;
    return (
      <Question
        action={question}
        isGrave={kind === "again"}
        homes={homes}
        isShut={isShut(kind)}
        onYes={() => {
          act(kind);
          // Submitting has moved the focus on.
          if (kind === "again") asking.value = "";
          else close(kind);
        }}
        onNo={() => close(kind)}
      />
    );
  }
  return (
    <>
      {actions.length > 0 && (
        <div ref={row} class="b-actions">
          {actions.map(({ kind, label, confirm }) => (
            <ActionButton
              key={kind}
              kind={kind}
              label={label}
              homes={homes}
              describedBy={describedBy}
              isShut={isShut(kind)}
              onClick={() => {
                if (isShut(kind)) return;
                if (confirm) asking.value = kind;
                else act(kind);
              }}
            />
          ))}
        </div>
      )}
      {notice.value && (
        <p class="b-msg" role="alert">
          ▲ {notice.value}
        </p>
      )}
    </>
  );
}
