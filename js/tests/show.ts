/** Renders the view on a fake model, as a page would. */
import { act, within } from "@testing-library/preact";
import { afterEach, vi } from "vitest";
import view from "../src/job_submitter";
import type { SubmitterTraits } from "../src/submitter/contract";
import { FakeModel, traits } from "./fake_model";

const ends: (() => void)[] = [];

afterEach(() => {
  for (const end of ends.splice(0)) end();
  document.body.replaceChildren();
});

/** @param isHeard whether a kernel answers the view's hello */
export function show(
  changes: Partial<SubmitterTraits> = {},
  model = new FakeModel(traits(changes)),
  isHeard = true,
) {
  const el = document.createElement("div");
  document.body.append(el);
  let end = () => {};
  act(() => {
    end = view.render({ model: model.asModel(), el });
  });
  ends.push(() => act(end));
  const hear = () => act(() => model.answer(model.wake()));
  if (isHeard) hear();
  const page = within(el);
  return {
    model,
    el,
    end: () => act(end),
    hear,
    page,
    field: (label: string) => page.getByLabelText(label, { exact: true }) as HTMLInputElement,
    button: (name: string) => page.getByRole("button", { name }) as HTMLButtonElement,
    text: () => el.textContent ?? "",
  };
}

/** What waits in promises and in timers of no length. */
export async function settled(): Promise<void> {
  await act(async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
  });
}

/** Lets a fake clock go on. */
export async function later(ms: number): Promise<void> {
  await act(async () => {
    await vi.advanceTimersByTimeAsync(ms);
  });
}
