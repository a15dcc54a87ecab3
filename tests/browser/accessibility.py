"""What axe-core finds wrong with a view: contrast, labels, roles, and what they hold."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator

AXE = Path(__file__).parents[2] / "js" / "node_modules" / "axe-core" / "axe.min.js"
# How many texts' contrast it could tell; and of each rule that is broken its name, and the
# first elements that break it, with the reasons.
FIND = """async (view) => {
  // JupyterLab's body has no height, and hides what passes it: to axe, all of it is hidden.
  document.body.style.overflow = "visible";
  const { passes, violations } = await axe.run(view);
  const told = passes.filter(({ id }) => id === "color-contrast").flatMap(({ nodes }) => nodes);
  return [
    told.filter(({ any }) => any.some(({ data }) => data?.contrastRatio)).length,
    violations.map(({ id, nodes }) => [
      id, ...nodes.slice(0, 3).map((node) => `${node.html}: ${node.failureSummary}`),
    ].join("\\n")),
  ];
}"""
LEAST_TEXTS = 8  # of a view that is seen at all


def expect_accessible(view: Locator) -> None:
    """Of the page only the view is looked at; the rest is JupyterLab's."""
    view.scroll_into_view_if_needed()
    # JupyterLab's page has a loader of modules that axe would hand itself over to.
    view.page.evaluate(f"() => {{ const define = undefined; {AXE.read_text()} }}")
    texts, broken = view.evaluate(FIND)
    assert not broken, "\n".join(broken)
    assert texts >= LEAST_TEXTS
