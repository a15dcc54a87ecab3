/** Whether the tool is one of those known by name, or another one, by its id. */
import { effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";

export interface ToolChoice {
  /** "Other…" was chosen. */
  isOther: Signal<boolean>;
  /** What was typed there. */
  otherId: Signal<string>;
  /** This view sets the tool: any other value comes from Python, or another view. */
  own(tool: string | undefined): void;
  stop(): void;
}

export function createToolChoice(tool: ReadonlySignal<string>): ToolChoice {
  const isOther = signal(false);
  let ours = tool.value;
  const stop = effect(() => {
    if (tool.value === ours) return;
    ours = tool.value;
    isOther.value = false;
  });
  return {
    isOther,
    otherId: signal(""),
    own: (next) => {
      ours = next ?? ours;
    },
    stop,
  };
}
