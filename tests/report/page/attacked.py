"""Whether a page that is full of attacks shows them as text and does nothing else.

Example:
    everything_is_text(open_page(SampleDocuments(hostile=True)))
"""

from typing import Final

from browser import Shown

FOREIGN: Final = "script, style, iframe, img, image, animate, object, embed, link, meta, base, foreignObject, use"
SHAPE: Final = """
foreign => {
  const all = [...document.querySelectorAll("#app *")];
  return {
    elements: all.filter(one => one.matches(foreign)).map(one => one.localName),
    handlers: all.flatMap(one => one.getAttributeNames()).filter(name => name.startsWith("on") || name === "srcdoc"),
    links: all.filter(one => one.matches("a:not([href^='#'])")).length,
    autofocus: all.filter(one => one.hasAttribute("autofocus")).length,
    scripts: document.querySelectorAll("script:not([type]):not(body > script)").length,
  };
}
"""
HIDDEN: Final = "\u202e\u202c\u2066\u2069\u200b\u0007"


def everything_is_text(shown: Shown) -> None:
    """The attacks are to be read, and did nothing else."""
    shown.page.wait_for_timeout(300)  # an event handler of an image that cannot be loaded runs later
    text = shown.page.get_by_role("main").inner_text()
    assert "<script>window.hacked=1</script>" in text
    assert "⟦U+202E⟧" in text
    assert not set(HIDDEN) & set(shown.page.evaluate("document.documentElement.textContent + document.title"))
    found = shown.page.evaluate(SHAPE, FOREIGN)
    assert found == {"elements": [], "handlers": [], "links": 0, "autofocus": 0, "scripts": 0}
    shown.check()
