"""The charts are drawn in a browser as the page draws them: without eval and without network."""

from importlib.resources import files
from typing import Any

import pytest
from sample_charts import ALL

pytestmark = pytest.mark.soak


def test_every_chart_is_drawn_by_the_interpreter_without_network(chromium: Any) -> None:
    page: Any = chromium.new_page()
    problems: list[Any] = []

    def noted(problem: Any) -> None:
        problems.append(problem)

    for event in ("pageerror", "request"):
        page.on(event, noted)
    vendor = files("toolwright.report.page") / "assets" / "vendor"
    for script in ("vega.min.js", "vega-lite.min.js", "vega-interpreter.min.js"):
        page.add_script_tag(content=(vendor / script).read_text("utf-8"))
    drawn = page.evaluate(_DRAW, {name: make() for name, make in ALL.items()})
    page.close()
    assert problems == []
    assert {name: found for name, found in drawn.items() if isinstance(found, str)} == {}
    # two splits' marks at three epochs and two on the incumbent's line; five bars of two roles; four cells
    assert (drawn["loss"]["symbol"], drawn["tokens"]["rect"], drawn["transfer"]["rect"]) == (8 + 2, 10, 4)
    assert all(figure in drawn["transfer"]["text"] for figure in ("10.0%", "20.0%", "90.0%", "69.0%"))


_DRAW = """async (specs) => {
  const drawn = {}, real = window.Function;
  window.Function = () => { throw new Error("an expression was compiled"); };
  for (const [name, spec] of Object.entries(specs)) {
    const element = document.body.appendChild(document.createElement("div"));
    try {
      const {spec: full} = vegaLite.compile(spec);
      const view = new vega.View(vega.parse(full, null, {ast: true}),
        {expr: vegaInterpreter.expressionInterpreter, renderer: "svg", container: element});
      await view.runAsync();
      const marks = (kind) => element.querySelectorAll(`.role-mark.mark-${kind} path`).length;
      drawn[name] = {symbol: marks("symbol"), rect: marks("rect"), text: element.textContent};
    } catch (error) { drawn[name] = String(error); }
  }
  window.Function = real;
  return drawn;
}"""
