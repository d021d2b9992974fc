"""How a page looks and reads at each width and in each theme: what axe-core, and we, find wrong with it."""

import functools
import itertools
import os
from pathlib import Path

import axe_playwright_python

THEMES = ("light", "dark")
PHONE = 320
WIDTHS = (PHONE, 768, 1280)
MOST_REQUESTS = 12
MOST_BYTES = 100_000

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    # Contrast has a run of its own, which checks 4.5:1 and 7:1.
    "rules": {"target-size": {"enabled": True}, "color-contrast": {"enabled": False}},
    "resultTypes": ["violations"],
    "preload": False,  # of style sheets, which none of these rules reads
}
# All other rules of axe-core that read a colour.
COLOURS = {**RULES, "runOnly": {"type": "rule", "values": ["link-in-text-block"]}, "rules": {}}
# 7:1 alone passes what is below 4.5:1, because the other rule says that.
CONTRAST = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "color-contrast-enhanced"]},
    "resultTypes": ["violations", "passes"],
    "elementRef": True,
    "preload": False,
}
# At its top: axe-core takes a control that is half under the head, which stays on top, for one that is too small.
DRAWN = """() => {
  window.scrollTo(0, 0);
  return new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)));
}"""
# Where everything is and whether it can be seen: all that axe-core reads of a look, but for its colours.
LAYOUT = """() => [...document.querySelectorAll("*")].map(each => {
  const {x, y, width, height} = each.getBoundingClientRect();
  const style = getComputedStyle(each);
  const read = ["display", "visibility", "opacity", "position", "overflow", "clip", "clipPath", "zIndex", "content",
    "textIndent", "fontSize", "fontWeight", "lineHeight", "textDecorationLine", "pointerEvents", "contentVisibility"];
  return [each.localName, x, y, width, height, ...read.map(name => style[name])].join();
}).join("\\n")"""
AXE = """async rules => {
  if (!window.axe) window.loadAxe();
  const found = await axe.run(document, rules);
  return found.violations.map(each => `${each.id}: ${each.nodes.map(node => node.target).join(", ")}`);
}"""
# Of each text that can be seen: its colour, size and weight, and all that is painted below it. Contrast takes most of
# the time of axe-core, and is the same where these are: so it reads only texts that it has not passed before.
CONTRAST_AXE = """async ([rules, passed]) => {
  if (!window.axe) window.loadAxe();
  const below = new Map([[null, ""]]);
  const paint = element => {
    if (!below.has(element)) {
      const {backgroundColor, backgroundImage, opacity, position} = getComputedStyle(element);
      const own = [backgroundColor, backgroundImage, opacity, position].join(" ");
      const plain = own === "rgba(0, 0, 0, 0) none 1 static";
      below.set(element, paint(element.parentElement) + (plain ? "" : own + "; "));
    }
    return below.get(element);
  };
  const isText = each => each.matches("input:not([type=hidden]), select, textarea")
    || [...each.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const looks = new Map();
  for (const each of document.body.querySelectorAll("*")) {
    if (!each.matches("script, style, option") && each.checkVisibility({visibilityProperty: true}) && isText(each)) {
      const {color, fontSize, fontWeight, textShadow} = getComputedStyle(each);
      looks.set(each, [color, fontSize, fontWeight, textShadow, paint(each)].join(" "));
    }
  }
  const known = new Set(passed);
  const unknown = [...looks.keys()].filter(each => !known.has(looks.get(each)));
  if (!unknown.length) return [[], []];
  const found = await axe.run(unknown, rules);
  const nodes = results => results.flatMap(each => each.nodes);
  const faults = nodes(found.violations);
  const low = new Set(faults.map(node => looks.get(node.element)));
  return [
    faults.map(node => `${node.target}: ${node.any[0].message}`),
    nodes(found.passes).map(node => looks.get(node.element)).filter(look => look && !low.has(look)),
  ];
}"""
SIDEWAYS = """() => {
  const width = document.documentElement.clientWidth;
  const over = document.documentElement.scrollWidth - width;
  if (over <= 0) return [];
  const wide = [...document.querySelectorAll("main *")].filter(each => each.getBoundingClientRect().right > width + 1);
  return [`scrolls sideways by ${over} pixels: ${wide.slice(0, 3).map(each => each.outerHTML.slice(0, 80))}`];
}"""
# axe takes a placeholder for a label, and finds an id twice only where ARIA uses it.
MARKUP = """() => {
  const all = selector => [...document.querySelectorAll(selector)];
  const ids = all("[id]").map(each => each.id);
  const twice = [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))];
  const named = each => each.labels?.length || each.ariaLabel || each.getAttribute("aria-labelledby");
  const nameless = all("input:not([type=hidden], [type=submit]), select, textarea").filter(each => !named(each));
  return [
    ...twice.map(id => `the id ${id} occurs twice`),
    ...nameless.map(each => `no label: ${each.outerHTML.slice(0, 120)}`),
    ...all("[tabindex]").filter(each => each.tabIndex > 0).map(each => `out of order: ${each.outerHTML.slice(0, 80)}`),
    ...(all("h1").length === 1 ? [] : [`${all("h1").length} headings of the first level`]),
  ];
}"""
# What comes with a page. In the admin Select2 gives its own elements a style, which the content policy allows.
WITHIN = """() => document.querySelector("[style]:not([class*=select2]), style, script:not([src])")
  ? ["a style or a script within the page"] : []"""


@functools.cache
def axe():
    """Loads axe-core when a page is looked at. Each page of the browser gets it, which no CSP stops."""
    source = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
    return f"window.loadAxe = () => {{ {source} }};"


def turns(*widths):
    """How the pages of a walk are looked at, one after the other: at every width, with themes that take turns.

    So each width is seen in both themes. With SWEEP=full each page is.
    """
    if os.environ.get("SWEEP") == "full":
        return itertools.repeat([(theme, width) for width in widths for theme in THEMES])
    found = [[(THEMES[(turn + place) % 2], width) for place, width in enumerate(widths)] for turn in range(2)]
    return itertools.cycle(found)


class Walk:
    """A walk through pages in one browser. `faults` has what is wrong with each, under the name it was given."""

    def __init__(self, page):
        self.page = page
        self.page.add_init_script(axe())
        self.faults = []
        self.turns = turns(*WIDTHS)
        self.passed = {"light": set(), "dark": set()}  # looks of text whose contrast is enough

    def open(self, name, address, status=200):
        """Go to an address and look at what comes; it must be light."""
        self.page.page_faults.begin()
        answer = self.page.goto(str(address))
        if answer.status != status:
            self._note(name, [f"answers {answer.status}"])
        self._weigh(name)
        self.look(name)

    def open_narrow(self, name, address):
        """Only see whether it fits on a phone."""
        self.page.set_viewport_size({"width": PHONE, "height": 900})
        self.page.goto(address)
        self._note(name, self.page.evaluate(SIDEWAYS))

    def fits(self, name, width, too_wide=SIDEWAYS):
        """Only see whether the page that is there fits."""
        self.page.set_viewport_size({"width": width, "height": 900})
        self._note(f"{name} at {width}", self.page.evaluate(too_wide))

    def look(self, name, looks=None):
        """Look at the page that is there, at each width.

        Where the second theme at a width leaves everything in its place, only the rules about colours can answer
        otherwise than in the first. The one besides contrast is about links, which have the same colours at each width.
        """
        self._note(name, self.page.evaluate(MARKUP) + self.page.evaluate(WITHIN))
        layouts, themes = {}, set()
        for theme, width in looks or next(self.turns):
            self._show(theme, width)
            layout = self.page.evaluate(LAYOUT)
            found = self._contrast(theme)
            if layout != layouts.get(width):
                found += self.page.evaluate(AXE, RULES) + self.page.evaluate(SIDEWAYS)
            elif theme not in themes:
                found += self.page.evaluate(AXE, COLOURS)
            layouts.setdefault(width, layout)
            themes.add(theme)
            self._note(f"{name}, {theme} at {width}", found)

    def _show(self, theme, width):
        self.page.emulate_media(color_scheme=theme)
        if self.page.viewport_size["width"] != width:
            self.page.set_viewport_size({"width": width, "height": 900})
        self.page.evaluate(DRAWN)

    def _contrast(self, theme):
        faults, passed = self.page.evaluate(CONTRAST_AXE, [CONTRAST, list(self.passed[theme])])
        self.passed[theme].update(passed)
        return faults

    def _weigh(self, name):
        page_faults = self.page.page_faults
        if page_faults.requests > MOST_REQUESTS:
            self._note(name, [f"{page_faults.requests} requests: {page_faults.addresses}"])
        if page_faults.weight(self.page) > MOST_BYTES:
            self._note(name, [f"{page_faults.weight(self.page)} bytes"])

    def _note(self, where, faults):
        self.faults += [f"{where}: {fault}" for fault in faults]
