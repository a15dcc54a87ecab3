import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Action } from "../../submitter/contract";
import { usePanel } from "../../submitter/panel";
import { Alert } from "../parts/Alert";
import { Question } from "../parts/Question";
import { ActionButton } from "./ActionButton";

type Kind = Action["kind"];

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
  const { row, question, ask, close, forget } = useQuestion(actions);
  const { isShut, act, notice } = useActing(record);
  if (question) {
    const { kind } = question;
    const yes = () => {
      act(kind);
      // Submitting has moved the focus on.
      if (kind === "again") forget();
      else close(kind);
    };
    return (
      <Question
        action={question}
        isGrave={kind === "again"}
        homes={homes}
        isShut={isShut(kind)}
        onYes={yes}
        onNo={() => close(kind)}
      />
    );
  }
  const click = ({ kind, confirm }: Action) => {
    if (!isShut(kind)) (confirm ? ask : act)(kind);
  };
  return (
    <>
      {actions.length > 0 && (
        <div ref={row} class="b-actions">
          {actions.map((action) => {
            const props = { action, homes, describedBy, isShut: isShut(action.kind) };
            return <ActionButton key={action.kind} {...props} onClick={() => click(action)} />;
          })}
        </div>
      )}
      <Alert words={notice.value} />
    </>
  );
}

/** The action that is asked about, and the focus before and after. */
function useQuestion(actions: Action[]) {
  const row = useRef<HTMLDivElement>(null);
  const asking = useSignal<Kind | "">("");
  /** Whose button gets the focus back. */
  const left = useRef<Kind | "">("");
  const question = actions.find(({ kind, confirm }) => kind === asking.value && confirm);

  useLayoutEffect(() => {
    if (question) return;
    asking.value = ""; // also where the action went while it was asked about
    const button = row.current?.querySelector<HTMLElement>(`[data-kind="${left.current}"]`);
    if (left.current) button?.focus();
    left.current = "";
  }, [question, asking]);

  const forget = () => {
    asking.value = "";
  };
  return {
    row,
    question,
    ask: (kind: Kind) => {
      asking.value = kind;
    },
    close: (kind: Kind) => {
      left.current = kind;
      forget();
    },
    forget,
  };
}

/** Does what the buttons stand for, each once at a time. */
function useActing(record: string) {
  const panel = usePanel();
  const underWay = useSignal<readonly Kind[]>([]);
  const notice = useSignal("");
  const isShut = (kind: Kind) =>
    kind === "again" ? !panel.ready.value : panel.isShut.value || underWay.value.includes(kind);
  const act = async (kind: Kind) => {
    if (isShut(kind)) return;
    underWay.value = [...underWay.value, kind];
    await panel.act(kind, record, (words) => {
      notice.value = words;
    });
    underWay.value = underWay.value.filter((other) => other !== kind);
  };
  return { isShut, act, notice };
}
