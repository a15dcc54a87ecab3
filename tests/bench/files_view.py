"""How the monitor's Files tab does with 2,000 files, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.bench.figure import at_most
from tests.browser.chromium import find_chromium
from tests.browser.conftest import FLAGS

STATIC = Path(__file__).parents[2] / "bspsa_widgets" / "static"
FILES = 2_000

# Python's part is played here: what is measured is the view's alone.
_SHOW = """async ([script, style, count]) => {
  document.head.appendChild(document.createElement("style")).textContent = style;
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const view = (await import(url)).default;
  const listeners = [];
  const at = new Date().toISOString();
  const key = "nsg/bsp_nsg_01/A";
  const row = {
    key, job_id: "A", title: "Many files", hpc: "nsg", system: "NSG", project: "bsp_nsg_01",
    stage: "COMPLETED", meaning: "Done.", outcome: "succeeded", is_over: true, is_lost: false,
    since: at, submitted: at, number: 1, ended: at, asked: 2, used: 1, running_since: "",
    record: "", note: "",
  };
  const details = {
    kind: "details", key, job: {}, owner: "", record: null, cause: null,
    input: { state: "", words: "" }, can_cancel: false, can_delete: false, is_unread: false,
    ask_cancel: "", ask_delete: "", place: "results/x", error: "",
    view: { ...row, runtime: "2 h", stages: [], seen: [], checked: at },
  };
  const files = Array.from({ length: count }, (_, index) => ({
    name: `out-${index}.txt`, size: index, state: "here", path: "", preview: "text",
    unpacks: false,
  }));
  const answers = {
    hello: { kind: "hello", comm: "c", under_way: [] },
    rows: { kind: "rows", revision: 1, rows: [row] },
    open: details,
    files: { kind: "files", key, files, notes: [], place: "results/x", error: "" },
  };
  const say = (message) => {
    for (const listener of listeners) listener(message, []);
  };
  const traits = {
    condition: { state: "live", message: "", checked: at, failed: [] },
  };
  const model = {
    get: (name) => traits[name],
    set: (name, value) => { traits[name] = value; },
    save_changes: () => {}, off: () => {},
    on: (name, listener) => name === "msg:custom" && listeners.push(listener),
    send: ({ kind, id }) =>
      answers[kind] && setTimeout(() => say({ ...answers[kind], id })),
  };
  const el = document.body.appendChild(document.createElement("div"));
  view.render({ model, el });
  const until = async (look) => {
    while (!look()) await new Promise(requestAnimationFrame);
    return look();
  };
  (await until(() => el.querySelector("tr.b-job"))).click();
  (await until(() => el.querySelector("[id$=tab-files]"))).click();
  await until(() => el.querySelectorAll(".b-file-line").length > 5);
  return el.querySelectorAll(".b-files *").length;
}"""

_TICK = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  const times = [];
  for (let round = 0; round < 9; round++) {
    await frame();
    const start = performance.now();
    document.querySelectorAll(".b-file-line input")[3].click();
    await frame();
    await frame();
    times.push(performance.now() - start);
  }
  return times;
}"""


def files() -> None:
    """Elements of the tab, and ticking a file."""
    figures = _figures()
    at_most(f"{FILES:,} files of a job: elements in their tab", [figures["elements"]], 500, "")
    at_most("the same: tick to repainted list", figures["tick"], 100, "ms")


def _figures() -> dict[str, Any]:
    script, style = (
        (STATIC / f"job_monitor.{kind}").read_text(encoding="utf-8") for kind in ("js", "css")
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1000, "height": 900})
        figures = {
            "elements": page.evaluate(_SHOW, [script, style, FILES]),
            "tick": page.evaluate(_TICK),
        }
        browser.close()
    return figures
