/** The view is English, written from left to right, on every page; strings from outside keep their own direction. */
import { act, fireEvent } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { details, file, files, log, preview, row, viewOf } from "../fake_jobs";
import { IDLE, listing, review } from "../fake_model";
import { settled, show } from "../show";
import { showJob } from "../show_monitor";

const OUTSIDE = "שלום";

/** What shows a string from outside without a direction of its own. */
function astray(el: HTMLElement): string[] {
  const isOwn = (node: Element | null) => node?.closest("bdi, pre, textarea, option, [dir=auto]");
  const texts: string[] = [];
  const walker = document.createTreeWalker(el, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { textContent, parentElement } = walker.currentNode;
    const isSeen = !parentElement?.closest("[aria-live]");
    if (textContent?.includes(OUTSIDE) && isSeen && !isOwn(parentElement))
      texts.push(parentElement?.outerHTML ?? textContent);
  }
  const inputs = [...el.querySelectorAll<HTMLInputElement>("input")];
  const wrong = inputs.filter(({ value, dir }) => value.includes(OUTSIDE) && dir !== "auto");
  return [...texts, ...wrong.map(({ outerHTML }) => outerHTML)];
}

describe("the direction", () => {
  it("of both views is from left to right, and their language English", async () => {
    for (const { el } of [show(), await showJob(row())]) {
      const view = el.querySelector(".bspsa") as HTMLElement;
      expect([view.dir, view.lang]).toEqual(["ltr", "en"]);
    }
  });

  it("of strings from outside is their own in the panel", async () => {
    const job = row({ title: OUTSIDE, stage: OUTSIDE, project: OUTSIDE });
    const { el, model, button } = show({
      title: OUTSIDE,
      folder: OUTSIDE,
      connection: { label: "x", user: OUTSIDE, state: "connected", message: "" },
      status: { ...IDLE, step: "following", outcome: "accepted", headline: "Submitted." },
      job_view: viewOf(job, { seen: [{ stage: OUTSIDE, at: "" }], stages: [OUTSIDE] }),
      job: { title: OUTSIDE },
      records: [
        {
          record: "nb-abcdefghijklmnop",
          title: OUTSIDE,
          system: "NSG",
          at: "",
          state: "over",
          words: "Done.",
          job_id: "",
          actions: [],
        },
      ],
    });
    expect(el.textContent).toContain(OUTSIDE);
    expect(astray(el)).toEqual([]);

    fireEvent.click(button("Browse…"));
    const folders = [{ name: OUTSIDE, path: OUTSIDE }];
    const some = {
      path: OUTSIDE,
      parent: "",
      folders,
      files: [{ name: `${OUTSIDE}.py`, size: 1 }],
    };
    act(() => model.answer(listing(model.last("browse").id, some)));
    await settled();
    expect(el.textContent).toContain(`${OUTSIDE}.py`);
    expect(astray(el)).toEqual([]);

    fireEvent.click(button("Review"));
    const stays = {
      path: `${OUTSIDE}.env`,
      reason: "hidden",
      size: 1,
      may: "yes",
      by_user: false,
    } as const;
    const found = {
      files: [[`${OUTSIDE}/a`, 1]] as [string, number][],
      left_out: [stays],
      stuck: [{ path: `${OUTSIDE}/b`, reason: "unreadable" }],
    };
    act(() => model.answer(review(model.last("review").id, found)));
    await settled();
    expect(el.textContent).toContain(`${OUTSIDE}/b`);
    expect(astray(el)).toEqual([]);
  });

  it("of strings from outside is their own in the monitor", async () => {
    const job = row({
      title: OUTSIDE,
      stage: OUTSIDE,
      project: OUTSIDE,
      outcome: "failed",
      is_over: true,
    });
    const shown = await showJob(job, {
      owner: OUTSIDE,
      place: OUTSIDE,
      record: {
        record: "nb-abcdefghijklmnop",
        notebook: OUTSIDE,
        endpoint: "x",
        began: "",
        words: "",
        settings: [
          { label: "Folder", value: OUTSIDE },
          { label: "Command", value: OUTSIDE },
        ],
        python: "",
      },
      cause: { headline: "It failed.", detail: "", advice: "", rule: "x", evidence: OUTSIDE },
    });
    const { el, model, answer, tab, click } = shown;
    const lines = [[[OUTSIDE, ""]]] as [string, string][][];
    await answer(log(model.newest("log").id, job, { lines }));
    expect(el.textContent).toContain(OUTSIDE);
    expect(astray(el)).toEqual([]);
    for (const name of ["Overview", "Record"]) {
      await tab(name);
      expect(astray(el)).toEqual([]);
    }

    await tab("Files");
    await answer(files(model.newest("files").id, [file(OUTSIDE)], { place: OUTSIDE }));
    await click(`Preview ${OUTSIDE}`);
    const cells = { name: OUTSIDE, what: "table", header: [OUTSIDE], rows: [[OUTSIDE]] } as const;
    const table = { ...cells, header: [OUTSIDE], rows: [[OUTSIDE]] };
    await answer(preview(model.newest("preview").id, table));
    await click(/^Download all/);
    await answer({
      kind: "downloaded",
      id: model.newest("download").id,
      came: [{ name: OUTSIDE, path: OUTSIDE, size: 1, verified: true }],
      kept: [OUTSIDE],
      left: [{ name: OUTSIDE, reason: "x", may_replace: false }],
      skipped: [{ name: OUTSIDE, reason: "x" }],
      stopped: false,
      error: "",
    });
    expect(el.querySelectorAll("td [dir=auto], td[dir=auto]").length).toBeGreaterThan(0);
    expect(astray(el)).toEqual([]);
    await answer(details("", job));
    expect(astray(el)).toEqual([]);
  });
});
