import { act, fireEvent, within } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import type { Action, RecordLine } from "../../../src/submitter/contract";
import { settled, show } from "../../show";

const LOOK: Action = { kind: "look", label: "Check again", confirm: "" };
const USE: Action = { kind: "use", label: "Use these settings again", confirm: "" };
const FIT: RecordLine = {
  record: "nb-abcdefghijklmnop",
  title: "CA1 fit",
  system: "Piz Daint",
  at: "2026-11-23T21:40:00+00:00",
  state: "unconfirmed",
  words: "Not known whether there is a job.",
  job_id: "",
  actions: [LOOK, USE],
};
const SWEEP: RecordLine = {
  ...FIT,
  record: "nb-ponmlkjihgfedcba",
  title: "Purkinje sweep",
  system: "NSG",
  at: "some time ago",
  state: "over",
  words: "The job ran to its end.",
  job_id: "NGBW-JOB-PY_TG-1",
  actions: [USE],
};

function open(records: RecordLine[] = [FIT, SWEEP]) {
  const shown = show({ records });
  const list = shown.el.querySelector("details") as HTMLDetailsElement;
  list.open = true;
  const line = (title: string) => within(shown.page.getByText(title).closest("li") as HTMLElement);
  return { ...shown, list, line };
}

describe("earlier submissions", () => {
  it("are folded away, and counted", () => {
    const { el } = show({ records: [FIT, SWEEP] });
    const list = el.querySelector("details") as HTMLDetailsElement;
    expect(list.open).toBe(false);
    expect(list.querySelector("summary")?.textContent).toBe("Earlier submissions (2)");
    expect(el.querySelector(".b-foot")?.compareDocumentPosition(list)).toBe(
      Node.DOCUMENT_POSITION_FOLLOWING,
    );
  });

  it("are not there where nothing was submitted", () => {
    expect(show({ records: [] }).el.querySelector("details")).toBeNull();
  });

  it("tell title, words, system, moment and job, newest first", () => {
    const { list } = open();
    const [fit, sweep] = [...list.querySelectorAll("li")];
    expect(fit?.querySelector(`time[datetime="${FIT.at}"]`)?.textContent).toContain("2026");
    expect(fit?.textContent).toMatch(/^\?CA1 fitNot known whether there is a job\.Piz Daint · /);
    expect(fit?.textContent).not.toContain("job NGBW");
    expect(sweep?.textContent).toContain("NSG · some time ago · job NGBW-JOB-PY_TG-1");
  });

  it.each([
    ["prepared", "–"],
    ["sending", "?"],
    ["accepted", "✓"],
    ["refused", "✕"],
    ["not_sent", "✕"],
    ["unconfirmed", "?"],
    ["over", "–"],
    ["closed", "–"],
    ["a state to come", "–"],
  ])("that are %s have their mark, which is not read out", (state, mark) => {
    const { list } = open([{ ...FIT, state: state as RecordLine["state"] }]);
    expect(list.querySelector('[aria-hidden="true"]')?.textContent).toBe(mark);
  });

  it("without a title are named by their record", () => {
    expect(open([{ ...FIT, title: "" }]).page.getByText(FIT.record)).toBeTruthy();
  });

  it("stay open, with the focus in place, as a newer one comes and words change", () => {
    const { model, list, line } = open([SWEEP]);
    const use = line("Purkinje sweep").getByRole("button", { name: USE.label });
    use.focus();
    act(() => model.change("records", [FIT, { ...SWEEP, words: "The job failed." }]));
    expect(list.open).toBe(true);
    expect(document.activeElement).toBe(use);
    expect(line("Purkinje sweep").getByText("The job failed.")).toBeTruthy();
    expect(list.querySelector("summary")?.textContent).toBe("Earlier submissions (2)");
  });

  it("turn no string into elements, and hold strange keys apart", () => {
    const evil = `"><img src=x onerror="broken=1"><script>broken=1</script>`;
    const hostile = { ...FIT, title: evil, words: evil, system: evil, at: evil, job_id: evil };
    const actions = [{ ...USE, label: evil, confirm: evil }];
    const { list, el } = open([{ ...hostile, record: evil, actions }, SWEEP]);
    expect(list.querySelectorAll("li")).toHaveLength(2);
    expect(list.querySelectorAll("time")).toHaveLength(0);
    fireEvent.click(list.querySelector("li button") as HTMLElement);
    expect(el.querySelectorAll("img, script, [onerror]")).toHaveLength(0);
    expect(list.querySelector("[role=group] p")?.textContent).toBe(evil);
    expect(list.querySelector("li .b-title")?.textContent).toBe(evil);
  });
});

describe("a button of an earlier submission", () => {
  it("says which one it is of", () => {
    const { line } = open();
    const use = line("Purkinje sweep").getByRole("button", { name: USE.label });
    const title = document.getElementById(use.getAttribute("aria-describedby") ?? "");
    expect(title?.textContent).toBe("Purkinje sweep");
  });

  it("asks for that record, once, and leaves the others alone", () => {
    const { model, line } = open();
    const use = line("Purkinje sweep").getByRole("button", { name: USE.label });
    fireEvent.click(use);
    fireEvent.click(use);
    expect(model.sent).toHaveLength(1);
    expect(model.last("use").record).toBe(SWEEP.record);
    fireEvent.click(line("CA1 fit").getByRole("button", { name: LOOK.label }));
    expect(model.last("look").record).toBe(FIT.record);
  });

  it("closes a record once the question has been answered", () => {
    const close: Action = { kind: "close", label: "Close…", confirm: "It cancels nothing." };
    const { model, line } = open([{ ...FIT, actions: [USE, close] }]);
    fireEvent.click(line("CA1 fit").getByRole("button", { name: "Close…" }));
    expect(model.sent).toHaveLength(0);
    expect(line("CA1 fit").getByText("It cancels nothing.")).toBeTruthy();
    fireEvent.click(line("CA1 fit").getByRole("button", { name: "Close" }));
    expect(model.last("close").record).toBe(FIT.record);
  });

  it("tells at its own line why it was not done", async () => {
    const { model, line } = open();
    fireEvent.click(line("CA1 fit").getByRole("button", { name: LOOK.label }));
    model.answer({ kind: "reply", id: model.last("look").id, ok: false, message: "Offline." });
    await settled();
    expect(line("CA1 fit").getByRole("alert").textContent).toBe("▲ Offline.");
    expect(line("Purkinje sweep").queryByRole("alert")).toBeNull();
  });

  it("leaves the focus with the list where it goes", async () => {
    const { model, line, list } = open();
    line("CA1 fit").getByRole("button", { name: LOOK.label }).focus();
    act(() => model.change("records", [{ ...FIT, state: "accepted", actions: [USE] }, SWEEP]));
    await settled();
    expect(document.activeElement).toBe(list.querySelector("summary"));
  });
});

describe("settings used again", () => {
  const use = async (shown: ReturnType<typeof open>, ok = true) => {
    fireEvent.click(shown.line("Purkinje sweep").getByRole("button", { name: USE.label }));
    const { id } = shown.model.last("use");
    act(() => {
      shown.model.change("node_number", 3);
      shown.model.change("runtime", 0.25);
      shown.model.change("hpc", "nsg");
      shown.model.change("tool", "NEURON77_TG");
      shown.model.change("init_file", "sweep.hoc");
      shown.model.change("title", "Purkinje sweep");
    });
    shown.model.answer({ kind: "reply", id, ok, message: ok ? "" : "No." });
    await settled();
  };

  it("are in the fields, and the focus is at the form, which is told", async () => {
    const shown = open();
    const { field, page } = shown;
    await use(shown);
    expect(field("System").value).toBe("nsg");
    expect(field("Tool").value).toBe("NEURON77_TG");
    expect(field("Main file").value).toBe("sweep.hoc");
    expect(field("Nodes").value).toBe("3");
    expect(field("Runtime").value).toBe("0.25");
    expect(document.activeElement).toBe(field("System"));
    expect(page.getByRole("status").textContent).toBe("The form has these settings now.");
  });

  it("that Python could not give leave the focus where it is", async () => {
    const shown = open();
    const button = shown.line("Purkinje sweep").getByRole("button", { name: USE.label });
    button.focus();
    await use(shown, false);
    expect(document.activeElement).toBe(button);
    expect(shown.text()).toContain("No.");
  });

  it("come after what was just typed, which the other system keeps", async () => {
    const shown = open();
    const { model, field } = shown;
    fireEvent.input(field("Nodes"), { target: { value: "7" } });
    fireEvent.input(field("Cores per node"), { target: { value: "many" } });
    fireEvent.click(shown.line("Purkinje sweep").getByRole("button", { name: USE.label }));
    expect(model.saves).toBe(1);
    await use(shown);
    fireEvent.change(field("System"), { target: { value: "pizdaint" } });
    expect(field("Nodes").value).toBe("7");
    expect(field("Cores per node").value).toBe("many");
    fireEvent.change(field("System"), { target: { value: "nsg" } });
    expect(field("Nodes").value).toBe("3");
    expect(field("Runtime").value).toBe("0.25");
  });
});
