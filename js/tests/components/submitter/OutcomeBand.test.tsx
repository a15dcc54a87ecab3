import { fireEvent } from "@testing-library/preact";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { JobView } from "../../../src/contract";
import type { SubmitterTraits } from "../../../src/submitter/contract";
import { writeMoment } from "../../../src/text/dates";
import { IDLE, traits } from "../../fake_model";
import { later, show } from "../../show";

const JOB: JobView = {
  job_id: "AF17D39A-9E15-4FE3-9F84-0EAEB4CC94AA",
  system: "Piz Daint",
  project: "bsp_pizdaint_01",
  title: "CA1 fit",
  runtime: "2 h",
  submitted: "2026-11-23T21:40:00+00:00",
  ended: "",
  stage: "QUEUED",
  meaning: "Waiting for free nodes.",
  outcome: "",
  is_lost: false,
  stages: ["STAGINGIN", "READY", "QUEUED", "RUNNING", "STAGINGOUT", "SUCCESSFUL"],
  seen: [
    { stage: "STAGINGIN", at: "2026-11-23T21:40:05+00:00" },
    { stage: "QUEUED", at: "2026-11-23T21:41:00+00:00" },
  ],
  checked: "2026-11-23T21:44:00+00:00",
  note: "",
};
const ACCEPTED = { ...IDLE, outcome: "accepted" as const, headline: "Submitted." };
const chips = (el: HTMLElement) => [...el.querySelectorAll(".b-chip")].map((c) => c.textContent);
const tone = (el: HTMLElement) => el.querySelector(".b-note")?.className;

afterEach(() => void vi.useRealTimers());

describe("the outcome", () => {
  it.each([
    ["accepted", "b-note b-ok", "✓"],
    ["refused", "b-note b-err", "✕"],
    ["not_sent", "b-note b-err", "✕"],
    ["unconfirmed", "b-note b-warn", "?"],
  ] as const)("%s has its colour, and its headline before its detail", (outcome, look, icon) => {
    const status = { ...IDLE, outcome, headline: "First words.", detail: "Then more." };
    const { el } = show({ status });
    expect(tone(el)).toBe(look);
    expect(el.querySelector(".b-note")?.textContent).toBe(`${icon}First words.Then more.`);
  });

  it("is not there before anything was submitted", () => {
    expect(show().el.querySelector(".b-note")).toBeNull();
  });

  it.each([
    ["failed", "b-note b-err"],
    ["cancelled", "b-note b-off"],
    ["succeeded", "b-note b-ok"],
  ] as const)("of a job that %s has its colour", (outcome, look) => {
    expect(tone(show({ status: ACCEPTED, job_view: { ...JOB, outcome } }).el)).toBe(look);
  });

  it("of a new submission does not show the job of the one before", () => {
    const status = { ...IDLE, outcome: "refused" as const, headline: "Not submitted." };
    expect(show({ status, job_view: JOB }).text()).not.toContain(JOB.job_id);
  });
});

/** "25 Nov 2026, 10:00:00 GMT+1" */
const WITH_ZONE = /2026.*\d{2}:\d{2}:\d{2} (UTC|GMT|[A-Z]{3,4})/;

describe("the job's way", () => {
  it("counts no time of a job that the service does not show any more", async () => {
    vi.useFakeTimers({ now: new Date("2026-11-23T21:44:00Z") });
    const { el } = show({ status: ACCEPTED, job_view: { ...JOB, is_lost: true } });
    expect(tone(el)).toBe("b-note b-warn");
    const told = chips(el)[2];
    expect(told).toMatch(/^QUEUED \d/);
    await later(60_000);
    expect(chips(el)[2]).toBe(told);
  });

  it("shows stages seen, the present one with its time each second anew, and those to come", async () => {
    vi.useFakeTimers({ now: new Date("2026-11-23T21:44:00Z") });
    const { el } = show({ status: ACCEPTED, job_view: JOB });
    const [sent, first, ...rest] = chips(el);
    expect(sent).toMatch(/^Sent \d/);
    expect(first).toMatch(/^STAGINGIN \d/);
    expect(rest).toEqual(["QUEUED · 3 min 00 s", "RUNNING", "STAGINGOUT", "SUCCESSFUL"]);
    await later(60_000);
    expect(chips(el)[2]).toBe("QUEUED · 4 min 00 s");
    expect(el.querySelector("[aria-current=step]")?.textContent).toBe("QUEUED · 4 min 00 s");
  });

  it("keeps a stage that nobody knows, and goes on from the last known one", () => {
    const seen = [...JOB.seen, { stage: "TELE<b>PORTING", at: "not a moment" }];
    const job_view = { ...JOB, stage: "TELE<b>PORTING", seen };
    const { el } = show({ status: ACCEPTED, job_view });
    expect(chips(el).slice(-4)).toEqual(["TELE<b>PORTING", "RUNNING", "STAGINGOUT", "SUCCESSFUL"]);
    expect(el.querySelector("b")?.textContent).not.toBe("PORTING");
  });

  it("ends where the job ended", () => {
    const job_view = { ...JOB, stage: "FAILED", outcome: "failed" as const };
    job_view.seen = [...JOB.seen, { stage: "FAILED", at: "2026-11-23T21:50:00+00:00" }];
    expect(chips(show({ status: ACCEPTED, job_view }).el).at(-1)).toMatch(/^FAILED \d/);
  });

  it("shows the moments in a sentence in local time, too", () => {
    const headline = "The same was submitted before (2026-11-29 14:43:32 UTC, as job J1).";
    const { el, text } = show({ status: { ...ACCEPTED, headline, outcome: "not_sent" } });
    const moment = el.querySelector<HTMLElement>(".b-title time");
    expect(moment?.title).toMatch(WITH_ZONE);
    expect(moment?.textContent).toBe(writeMoment(new Date("2026-11-29T14:43:32Z")));
    expect(text()).toContain(`submitted before (${moment?.textContent}, as job J1).`);
  });

  it("shows dates in local time with their zone at hand, and odd ones as they came", () => {
    const job_view = { ...JOB, ended: "yesterday", note: "The last look failed." };
    const { el, text } = show({ status: ACCEPTED, job_view });
    const submitted = el.querySelector<HTMLElement>(`dl time[datetime="${JOB.submitted}"]`);
    expect(submitted?.textContent).toContain("2026");
    expect(submitted?.title).toMatch(WITH_ZONE);
    const chips = [...el.querySelectorAll<HTMLElement>(".b-chip[title]")];
    expect(chips.map(({ title }) => title).filter((title) => !WITH_ZONE.test(title))).toEqual([]);
    expect(text()).toContain("yesterday");
    expect(text()).toContain("The last look failed.");
  });
});

describe("the raw response", () => {
  it("is shown and hidden by its button, all of it", () => {
    const job = { job_id: "x", extra: { "<b>": [1, null] } };
    const { el, button } = show({ status: ACCEPTED, job_view: JOB, job });
    expect(button("JSON").getAttribute("aria-expanded")).toBe("false");
    fireEvent.click(button("JSON"));
    expect(JSON.parse(el.querySelector("pre")?.textContent ?? "")).toEqual(job);
    fireEvent.click(button("JSON"));
    expect(el.querySelector("pre")).toBeNull();
  });

  it("is named as the service's own, and turns no text around", () => {
    const job = { title: "rep\u202egnp.exe", emoji: "\u{1f469}", unseen: "\u{e0041}" };
    const { el, button } = show({ status: ACCEPTED, job_view: JOB, job });
    fireEvent.click(button("JSON"));
    const shown = el.querySelector("pre")?.textContent ?? "";
    expect(el.querySelector("pre")?.parentElement?.textContent).toContain("service's own response");
    expect(shown).toContain("rep\\u202egnp.exe");
    expect(shown).not.toMatch(/\u202e|\u{e0041}/u);
    expect(JSON.parse(shown)).toEqual(job);
  });
});

describe("hostile strings", () => {
  const EVIL = `"><img src=x onerror="globalThis.broken=1"><script>broken=1</script>{x}`;

  it("become no elements, wherever they come from", () => {
    const hostile = poisoned(traits({ job_view: JOB, status: ACCEPTED, hpc: "pizdaint" }));
    for (const state of ["no_token", "offline"] as const) {
      for (const info of ["ok", "error"] as const) {
        hostile.connection.state = state;
        hostile.folder_info.state = info;
        for (const name of ["folder", "title", "runtime", "token", "endpoint"] as const) {
          hostile.errors[name] = EVIL;
        }
        hostile.warnings = { runtime: EVIL, command: EVIL };
        hostile.status.actions = [{ kind: "again", label: EVIL, confirm: EVIL }];
        const { el, button, text } = show(hostile);
        fireEvent.click(button("JSON"));
        fireEvent.click(el.querySelector("[data-kind=again]") as HTMLElement);
        expect(el.querySelector(".b-question p")?.textContent).toBe(EVIL);
        expect(el.querySelectorAll("img, script, [onerror]")).toHaveLength(0);
        expect(text()).toContain("<img src=x");
      }
    }
  });

  /** The same value with each string that is free text replaced. */
  function poisoned(value: SubmitterTraits): SubmitterTraits {
    const fixed = ["id", "hpc", "kind", "state", "step", "outcome", "name", "at", "submitted"];
    const walk = (node: unknown, key: string): unknown => {
      if (typeof node === "string") return fixed.includes(key) ? node : EVIL;
      if (Array.isArray(node)) return node.map((item) => walk(item, key));
      if (typeof node !== "object" || node === null) return node;
      return Object.fromEntries(Object.entries(node).map(([k, item]) => [k, walk(item, k)]));
    };
    return walk(value, "") as SubmitterTraits;
  }
});
