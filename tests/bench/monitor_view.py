"""How the monitor's table does with 10,000 jobs, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.bench.figure import at_most, reached
from tests.browser.chromium import find_chromium
from tests.browser.conftest import FLAGS

STATIC = Path(__file__).parents[2] / "bspsa_widgets" / "static"
JOBS = 10_000

# Python's part is played here: what is measured is the view's alone.
_SHOW = """async ([script, style, jobs]) => {
  document.head.appendChild(document.createElement("style")).textContent = style;
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const view = (await import(url)).default;
  const listeners = [];
  const ends = ["", "succeeded", "failed", "cancelled"];
  const stages = ["RUNNING", "COMPLETED", "FAILED", "CANCELLED"];
  const at = (minutes) => new Date(Date.now() - 60000 * minutes).toISOString();
  const rows = Array.from({ length: jobs }, (_, index) => ({
    key: `nsg/bsp_nsg_01/${index}`,
    job_id: `NGBW-JOB-PY_TG-${(index * 2654435761) % 4294967296}`,
    title: `Purkinje sweep ${index % 97}, cell ${(index * 31) % jobs}`,
    hpc: "nsg", system: "NSG", project: "bsp_nsg_01", stage: stages[index % 4],
    meaning: "What this stage means, in a sentence.", outcome: ends[index % 4],
    is_over: index % 4 > 0, since: at(index % 300), submitted: at(((index * 7919) % jobs) * 3),
    ended: "", asked: 2, used: (index % 20) / 10, running_since: index % 4 ? "" : at(index % 300),
    record: "", note: "",
  }));
  const answers = { hello: { kind: "hello", comm: "c", under_way: [] },
                    rows: { kind: "rows", revision: 1, rows } };
  const condition = { state: "live", message: "", checked: at(0), failed: [] };
  const model = {
    get: (name) => ({ condition }[name]),
    set: () => {}, save_changes: () => {}, off: () => {},
    on: (name, listener) => name === "msg:custom" && listeners.push(listener),
    send: ({ kind, id }) => setTimeout(() => {
      for (const listener of listeners) listener({ ...answers[kind], id }, []);
    }),
  };
  const el = document.body.appendChild(document.createElement("div"));
  view.render({ model, el });
  while (!el.querySelector("[aria-rowcount]")) await new Promise(requestAnimationFrame);
  return Number(el.querySelector("[aria-rowcount]").getAttribute("aria-rowcount")) - 1;
}"""

# To the second frame after the change: by then the first has been painted.
_FILTER = """async () => {
  const field = document.querySelector("input[type=search]");
  const frame = () => new Promise(requestAnimationFrame);
  const times = [];
  for (const words of ["p", "pu", "purkinje", "cell 99", "failed", "4294", "", "no such job", ""]) {
    await frame();
    const start = performance.now();
    field.value = words;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    await frame();
    await frame();
    times.push(performance.now() - start);
  }
  return times;
}"""

_SORT = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  const times = [];
  for (const head of document.querySelectorAll("th button")) {
    await frame();
    const start = performance.now();
    head.click();
    await frame();
    await frame();
    times.push(performance.now() - start);
  }
  return times;
}"""

# Three seconds, 130 rows in each: as with a scroll bar that is dragged.
_SCROLL = """async () => {
  const box = document.querySelector(".b-scroll");
  const rates = [];
  let gaps = 0;
  box.scrollTop = 0;
  for (let part = 0; part < 12; part++) {
    const start = performance.now();
    let frames = 0;
    while (performance.now() - start < 250) {
      box.scrollTop += 116;
      await new Promise(requestAnimationFrame);
      frames++;
      const { left, top, height } = box.getBoundingClientRect();
      const seen = document.elementFromPoint(left + 40, top + height / 2);
      if (!seen?.closest("tr[aria-rowindex]")) gaps++;
    }
    rates.push((1000 * frames) / (performance.now() - start));
  }
  return { rates, gaps };
}"""


def table() -> None:
    """Filter, sort and scroll the table of jobs."""
    figures = _figures()
    at_most(f"filter {JOBS:,} jobs, key to repainted table", figures["filter"], 100, "ms")
    at_most(f"sort {JOBS:,} jobs by another column, repainted", figures["sort"], 200, "ms")
    reached(f"scroll through {JOBS:,} jobs", figures["scroll"]["rates"], 30, "frames/s")
    at_most("frames with a gap where a row should be", [figures["scroll"]["gaps"]], 0, "frames")


def _figures() -> dict[str, Any]:
    script, style = (
        (STATIC / f"job_monitor.{kind}").read_text(encoding="utf-8") for kind in ("js", "css")
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1000, "height": 900})
        assert page.evaluate(_SHOW, [script, style, JOBS]) == JOBS
        figures = {
            "filter": page.evaluate(_FILTER),
            "sort": page.evaluate(_SORT),
            "scroll": page.evaluate(_SCROLL),
        }
        browser.close()
    return figures
