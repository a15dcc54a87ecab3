import { act, fireEvent } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { JobView } from "../../../src/contract";
import { NO_KERNEL as WORDS } from "../../../src/kernel/liveness";
import { FakeModel, IDLE, traits } from "../../fake_model";
import { later, show } from "../../show";

const JOB: JobView = {
  job_id: "AF17D39A",
  system: "Piz Daint",
  project: "bsp_pizdaint_01",
  title: "CA1 fit",
  runtime: "2 h",
  submitted: "2026-11-25T09:00:00Z",
  ended: "",
  stage: "QUEUED",
  meaning: "Waiting for free nodes.",
  outcome: "",
  is_lost: false,
  stages: [],
  seen: [],
  checked: "2026-11-25T10:30:00+00:00",
  note: "",
};

const NO_KERNEL = WORDS.silent;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

async function silent(changes: Parameters<typeof show>[0] = {}) {
  const shown = show(changes, new FakeModel(traits(changes)), false);
  await later(3_000);
  return shown;
}

describe("where no kernel answers", () => {
  it("is said after three seconds, with the time of what is shown", async () => {
    const { text, el } = show({}, new FakeModel(traits()), false);
    await later(2_900);
    expect(text()).not.toContain(NO_KERNEL);
    await later(200);
    expect(text()).toContain(`${NO_KERNEL}This shows what was known at`);
    expect(el.querySelector("time")?.dateTime).toBe("2026-11-25T12:00:00+00:00");
    expect(el.querySelector('[role="status"]')?.textContent).toContain(NO_KERNEL);
  });

  it("the time is that of the last look at the job, where there is one", async () => {
    const { el } = await silent({ job_view: JOB });
    expect(el.querySelector(".b-note time")?.getAttribute("datetime")).toBe(JOB.checked);
  });

  it("the head does not say that the service is connected", async () => {
    const { el } = await silent();
    expect(el.querySelector(".b-who")?.textContent).toBe(
      "bspsa.cineca.it · user 306328 · no kernel",
    );
    expect(el.querySelector(".b-dot-connected")).toBeNull();
  });

  it("nothing is said where a kernel has answered", async () => {
    const { text, field } = show();
    await later(60_000);
    expect(text()).not.toContain(NO_KERNEL);
    expect(field("Title").matches(":disabled")).toBe(false);
  });

  it("nothing is said where Python has told something new instead", async () => {
    const model = new FakeModel(traits());
    const { text } = show({}, model, false);
    act(() => model.change("status", { ...IDLE, message: "new" }));
    await later(7_000);
    expect(text()).not.toContain(NO_KERNEL);
  });

  it("every field, Submit and what can be done about jobs is shut; words can still be copied", async () => {
    const look = { kind: "look" as const, label: "Check again", confirm: "" };
    const { el, model, button, page } = await silent({
      job_view: JOB,
      status: { ...IDLE, outcome: "accepted", headline: "Submitted.", actions: [look] },
    });
    for (const control of el.querySelectorAll(".b-grid :is(input, select, textarea, button)"))
      expect(control.matches(":disabled, fieldset:disabled *")).toBe(true);
    for (const name of ["Submit", "Check again"]) {
      expect(button(name).getAttribute("aria-disabled")).toBe("true");
      fireEvent.click(button(name));
    }
    expect(model.sent).toEqual([]);
    expect(page.getByText("AF17D39A")).toBeTruthy();
    expect(button("Copy id").disabled).toBe(false);
  });

  it("a submission that was under way when it was saved cannot be cancelled any more", async () => {
    const { model, button } = await silent({
      status: { ...IDLE, step: "packing", busy: true, cancellable: true },
    });
    fireEvent.click(button("Cancel"));
    expect(model.sent).toEqual([]);
  });
});

describe("a kernel that was busy", () => {
  it("opens the panel when it answers, with all that was typed", async () => {
    const { field, hear, text, model } = show({}, new FakeModel(traits()), false);
    const command = field("Command");
    command.focus();
    fireEvent.input(command, { target: { value: "typed before" } });
    fireEvent.input(field("Runtime"), { target: { value: "3.50" } });
    await later(5_000);
    expect(command.matches("fieldset:disabled *")).toBe(true);
    (document.activeElement as HTMLElement).blur(); // as a browser does to what is disabled
    hear();
    await later(0);
    expect(text()).not.toContain(NO_KERNEL);
    expect(field("Command")).toBe(command);
    expect(command.value).toBe("typed before");
    expect(field("Runtime").value).toBe("3.50");
    expect(model.values).toMatchObject({ command: "typed before", runtime: 3.5 });
    expect(command.matches("fieldset:disabled *")).toBe(false);
    expect(document.activeElement).toBe(command);
  });

  it("does not take the focus from another place on the page", async () => {
    const { field, hear } = show({}, new FakeModel(traits()), false);
    field("Command").focus();
    await later(5_000);
    const other = document.createElement("input");
    document.body.append(other);
    other.focus();
    hear();
    await later(0);
    expect(document.activeElement).toBe(other);
  });

  it("that has been handed a submission keeps it, and Submit shut", async () => {
    const { button, model, hear } = show({}, new FakeModel(traits()), false);
    model.fallBusy();
    fireEvent.click(button("Submit"));
    await later(5_000);
    fireEvent.click(button("Submit"));
    model.under_way = [model.last("submit").id];
    hear();
    await later(100);
    fireEvent.click(button("Submit"));
    expect(model.sent.map(({ kind }) => kind)).toEqual(["submit"]);
  });
});

describe("a kernel that ends while the panel is open", () => {
  const UNDER_WAY = { ...IDLE, step: "sending" as const, busy: true, message: "Uploading" };

  async function ended(changes: Parameters<typeof show>[0] = {}) {
    vi.setSystemTime(new Date("2026-11-25T10:31:00Z"));
    const shown = show(changes);
    await later(30_000);
    act(() => shown.model.die());
    return shown;
  }

  it("is said at once, with what to do; nothing is green, nothing ticks", async () => {
    const { el, text } = await ended({
      status: { ...IDLE, outcome: "accepted", headline: "Submitted." },
      job_view: { ...JOB, seen: [{ stage: "QUEUED", at: "2026-11-25T10:30:00Z" }] },
    });
    expect(text()).toContain(WORDS.gone);
    expect(text()).toContain("Run the cell again");
    expect(el.querySelector(".b-note time")?.getAttribute("datetime")).toBe(JOB.checked);
    expect(el.querySelector(".b-dot-connected")).toBeNull();
    const before = text();
    expect(before).toContain("QUEUED · 0 s"); // as it was last read
    await later(60_000);
    expect(text()).toBe(before);
  });

  it("leaves a submission that was under way in doubt, and says who knows", async () => {
    const { el, text, button, model } = await ended({ status: UNDER_WAY });
    expect(text()).toContain("Run the cell again: it shows whether there is a job.");
    expect(el.querySelector(".b-endless")).toBeNull();
    fireEvent.click(button("Cancel"));
    expect(model.sent).toEqual([]);
  });

  it("ends the wait for a Submit that it did not answer", async () => {
    const { text, button, model } = show();
    await later(30_000);
    fireEvent.click(button("Submit"));
    act(() => model.die());
    await later(1_000);
    expect(text()).toContain("It is not known here whether this was done");
    expect(text()).not.toContain("Sending to the kernel");
    expect(button("Submit").getAttribute("aria-disabled")).toBe("true");
  });

  it("that is only busy is called so, and everything can be used", async () => {
    const { el, text, field, button, model } = show();
    await later(30_000);
    model.fallBusy();
    await later(60_000);
    expect(text()).toContain("kernel busy");
    expect(text()).not.toContain("No kernel");
    expect(el.querySelector(".b-dot-connected")).toBeNull();
    expect(field("Title").matches("fieldset:disabled *")).toBe(false);
    expect(button("Submit").getAttribute("aria-disabled")).toBe("false");
    act(() => model.answer(model.wake()));
    expect(text()).not.toContain("kernel busy");
    expect(el.querySelector(".b-dot-connected")).toBeTruthy();
  });
});
