import { act, fireEvent } from "@testing-library/preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { KERNEL_BUSY } from "../../src/submitter/submit_request";
import { IDLE } from "../fake_model";
import { later, settled, show } from "../show";

const BUSY = { ...IDLE, busy: true, cancellable: true, step: "packing" as const };
const isShut = (button: HTMLElement) => button.getAttribute("aria-disabled") === "true";

describe("Submit", () => {
  it("sends the whole form once, however often it is clicked", () => {
    const { model, button, field } = show();
    fireEvent.input(field("Title"), { target: { value: "just typed" } });
    fireEvent.click(button("Submit"));
    fireEvent.click(button("Submit"));
    fireEvent.click(button("Submit"));
    expect(model.sent).toHaveLength(1);
    const { id, form } = model.last("submit");
    expect(id).toMatch(/^[0-9a-f-]{32,36}$/);
    expect(form).toEqual({
      hpc: "pizdaint",
      project: "",
      folder: "ca1-fitting",
      command: "unzip -q {archive} && cd {folder}\nsrun python fit_cells.py --cells 200",
      tool: "PY_TG",
      init_file: "",
      title: "just typed",
      node_number: 2,
      core_number: 12,
      runtime: 2,
      options: {},
      choice: { folder: "", include: [], exclude: [], include_secrets: [] },
    });
    expect(model.saves).toBe(1);
    expect(isShut(button("Submit"))).toBe(true);
  });

  it("stays shut where the answer arrives before the status, and opens when all is over", async () => {
    const { model, button } = show();
    fireEvent.click(button("Submit"));
    model.answer({ kind: "reply", id: model.last("submit").id, ok: true, message: "" });
    await settled();
    fireEvent.click(button("Submit"));
    expect(model.sent).toHaveLength(1);
    act(() => model.change("status", BUSY));
    await settled();
    expect(isShut(button("Submit"))).toBe(true);
    act(() => model.change("status", { ...IDLE, outcome: "refused", headline: "Not submitted." }));
    await settled();
    expect(isShut(button("Submit"))).toBe(false);
    fireEvent.click(button("Submit"));
    expect(model.sent).toHaveLength(2);
    expect(model.sent[1]?.id).not.toBe(model.sent[0]?.id);
  });

  it("says why Python would not begin", async () => {
    const { model, button, text } = show();
    fireEvent.click(button("Submit"));
    const { id } = model.last("submit");
    model.answer({ kind: "reply", id, ok: false, message: "One is under way <b>already</b>." });
    await settled();
    expect(text()).toContain("One is under way <b>already</b>.");
    expect(isShut(button("Submit"))).toBe(false);
  });

  it("makes an id where the page has no randomUUID", () => {
    const original = crypto.randomUUID;
    Object.defineProperty(crypto, "randomUUID", { value: undefined, configurable: true });
    try {
      const { model, button } = show();
      fireEvent.click(button("Submit"));
      expect(model.last("submit").id).toMatch(/^[0-9a-f]{32}$/);
    } finally {
      Object.defineProperty(crypto, "randomUUID", { value: original, configurable: true });
    }
  });
});

describe("a kernel that is busy", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is told of within ten seconds, and nothing is sent a second time", async () => {
    const { model, button, text } = show();
    model.fallBusy();
    fireEvent.click(button("Submit"));
    await later(5_000);
    expect(text()).not.toContain(KERNEL_BUSY);
    await later(5_000);
    expect(text()).toContain(KERNEL_BUSY);
    fireEvent.click(button("Submit"));
    await later(60_000);
    const asked = () => model.sent.map(({ kind }) => kind).filter((kind) => kind !== "hello");
    expect(asked()).toEqual(["submit"]);
    fireEvent.click(button("Cancel"));
    expect(asked()).toEqual(["submit", "cancel"]);
  });

  it("is not spoken of while Python is at work", async () => {
    const { model, button, text } = show();
    fireEvent.click(button("Submit"));
    model.fallBusy();
    act(() => model.change("status", BUSY));
    await later(30_000);
    expect(text()).not.toContain(KERNEL_BUSY);
  });
});

describe("errors", () => {
  it("stand at their fields, and the first in the form gets the focus", async () => {
    const { model, button, field } = show();
    fireEvent.click(button("Submit"));
    model.answer({ kind: "reply", id: model.last("submit").id, ok: true, message: "" });
    act(() => {
      model.change("status", { ...IDLE, outcome: "not_sent", headline: "Not submitted." });
      model.change("errors", {
        runtime: "Above zero, please.",
        folder: "There is no such folder.",
      });
    });
    await settled();
    const folder = field("Folder");
    expect(document.activeElement).toBe(folder);
    expect(folder.getAttribute("aria-invalid")).toBe("true");
    const described = (folder.getAttribute("aria-describedby") ?? "").split(" ");
    expect(described.map((id) => document.getElementById(id)?.textContent)).toContain(
      "▲ There is no such folder.",
    );
    expect(field("Runtime").getAttribute("aria-invalid")).toBe("true");
    expect(field("Title").getAttribute("aria-invalid")).toBeNull();
  });

  it("do not take the focus from elsewhere on the page, nor without a click on Submit", async () => {
    const { model, button } = show();
    const elsewhere = document.createElement("input");
    document.body.append(elsewhere);
    elsewhere.focus();
    act(() => model.change("errors", { folder: "No." }));
    await settled();
    fireEvent.click(button("Submit"));
    act(() => model.change("errors", { folder: "Still no." }));
    await settled();
    expect(document.activeElement).toBe(elsewhere);
  });

  it("of the endpoint and the token stand in the header", () => {
    const { text, field } = show({ errors: { endpoint: "Not https.", token: "Expired." } });
    expect(text()).toContain("Not https.");
    expect(text()).toContain("Expired.");
    expect(field("Access token").type).toBe("password");
  });
});

describe("while a submission is under way", () => {
  it("the progress is shown, and Cancel asks once", async () => {
    const sending = { ...BUSY, message: "Packing 8.1 of 14.2 MB", done: 8.1, total: 14.2 };
    const { model, page, button, text } = show({ status: sending });
    expect(text()).toContain("Packing 8.1 of 14.2 MB");
    expect(page.getByRole("progressbar").getAttribute("aria-valuenow")).toBe("8.1");
    fireEvent.click(button("Cancel"));
    fireEvent.click(button("Cancel"));
    expect(model.sent).toHaveLength(1);
    act(() => model.change("status", IDLE));
    expect(page.queryByRole("button", { name: "Cancel" })).toBeNull();
  });

  it("Cancel is shut, and says why, once the service may have the job", () => {
    const late = { ...BUSY, cancellable: false, detail: "The service may already have the job" };
    const { model, button } = show({ status: late });
    fireEvent.click(button("Cancel"));
    expect(model.sent).toEqual([]);
    expect(isShut(button("Cancel"))).toBe(true);
    const why = button("Cancel").getAttribute("aria-describedby") ?? "";
    expect(document.getElementById(why)?.textContent).toContain("may already have the job");
  });

  it("each step is said aloud once, not each byte", () => {
    const { model, page } = show();
    const said = () => page.getByRole("status").textContent;
    const sending = { ...BUSY, step: "sending" as const };
    act(() => model.change("status", { ...sending, message: "Uploading 1 of 9 MB" }));
    act(() => model.change("status", { ...sending, message: "Uploading 2 of 9 MB" }));
    expect(said()).toBe("Uploading 1 of 9 MB");
    act(() => model.change("status", { ...IDLE, outcome: "refused", headline: "Not submitted." }));
    expect(said()).toBe("Not submitted.");
  });
});

describe("the access token", () => {
  it("goes out in one message, is wiped from the input, and is never on the model", async () => {
    const connection = { label: "x", user: "", state: "no_token" as const, message: "No token." };
    const { model, field, button, el, text } = show({ connection });
    const input = field("Access token");
    expect(input.type).toBe("password");
    expect(input.autocomplete).toBe("off");
    fireEvent.input(input, { target: { value: "s3cret-token" } });
    fireEvent.click(button("Use token"));
    expect(model.last("token").token).toBe("s3cret-token");
    expect(input.value).toBe("");
    model.answer({ kind: "reply", id: model.last("token").id, ok: false, message: "Expired." });
    await settled();
    expect(text()).toContain("Expired.");
    expect(JSON.stringify([model.values, model.written])).not.toContain("s3cret");
    expect(el.outerHTML).not.toContain("s3cret");
  });

  it("is not asked for while the service knows the user", () => {
    expect(show().page.queryByLabelText("Access token")).toBeNull();
  });
});
