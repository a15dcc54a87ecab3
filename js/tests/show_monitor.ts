/** Renders the monitor on a fake model, as a page would. */
import { act, fireEvent, within } from "@testing-library/preact";
import { afterEach } from "vitest";
import view from "../src/job_monitor";
import type { Details, JobRow, MonitorTraits } from "../src/monitor/contract";
import { details, MonitorModel, ROWS, traits } from "./fake_jobs";

const ends: (() => void)[] = [];

afterEach(() => {
  for (const end of ends.splice(0)) end();
  document.body.replaceChildren();
});

export function showMonitor(
  changes: Partial<MonitorTraits> = {},
  model = new MonitorModel(traits(changes)),
) {
  const el = document.createElement("div");
  document.body.append(el);
  let end = () => {};
  act(() => {
    end = view.render({ model: model.asModel(), el });
  });
  ends.push(() => act(end));
  const page = within(el);
  return {
    model,
    el,
    end: () => act(end),
    page,
    field: (label: string) => page.getByLabelText(label, { exact: true }) as HTMLInputElement,
    button: (name: string | RegExp) => page.getByRole("button", { name }) as HTMLButtonElement,
    text: () => el.textContent ?? "",
    rows: () => [...el.querySelectorAll<HTMLElement>("tbody tr[aria-rowindex]")],
    titles: () =>
      [...el.querySelectorAll(".b-job .b-col-title > div")].map((one) => one.textContent),
    answer: async (message: Parameters<MonitorModel["answer"]>[0]) => {
      await act(async () => {
        model.answer(message);
        for (let turn = 0; turn < 5; turn += 1) await Promise.resolve(); // what waits for it
      });
    },
    click: (name: string | RegExp) =>
      act(async () => void fireEvent.click(page.getByRole("button", { name }))),
    tab: (name: string | RegExp) =>
      act(async () => void fireEvent.click(page.getByRole("tab", { name }))),
  };
}

export type Shown = ReturnType<typeof showMonitor>;

/** A kernel has answered, and told of these rows. */
export async function showRows(rows: JobRow[] = ROWS, changes: Partial<MonitorTraits> = {}) {
  const shown = showMonitor(changes);
  await shown.answer(shown.model.wake());
  await shown.answer({ kind: "rows", id: shown.model.newest("rows").id, revision: 1, rows });
  return shown;
}

/** The same, with the details of a job. */
export async function showJob(
  one: JobRow,
  more: Partial<Details> = {},
  changes: Partial<MonitorTraits> = {},
): Promise<Shown> {
  const shown = await showRows(ROWS.includes(one) ? ROWS : [one], changes);
  await act(async () => {
    fireEvent.click(shown.rows().find((tr) => tr.textContent?.includes(one.title)) as HTMLElement);
  });
  await shown.answer(details(shown.model.newest("open").id, one, more));
  return shown;
}
