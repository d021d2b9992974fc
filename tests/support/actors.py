"""Ways to use a page: with the mouse, with the keyboard only, and without JavaScript. All have the same methods.

A control is named by its English label, and found by its role and its label in the language of the page.
"""

import re

from playwright.sync_api import expect

MOST_STOPS = 120  # of the Tab key on one page
STOPS_OF_A_DATE = 4  # day, month, year, calendar: all within one field

# Says where the Tab key came to, and what a user sees of it. A date field marks its parts, where no script looks.
STOP = """async target => {
  await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  const here = document.activeElement;
  if (!here || here === document.body) return null;
  const style = getComputedStyle(here);
  const [box] = here.getClientRects();
  const at = box && document.elementFromPoint(
    Math.min(Math.max(box.x + box.width / 2, 0), innerWidth - 1),
    Math.min(Math.max(box.y + box.height / 2, 0), innerHeight - 1));
  return {
    number: [...document.querySelectorAll("*")].indexOf(here),
    html: here.outerHTML.slice(0, 160),
    isTarget: here === target,
    isMarked: here.type === "date" || style.boxShadow !== "none"
      || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2),
    isInSight: !!at && box.bottom > 0 && box.top < innerHeight && (here.contains(at) || at.contains(here)),
  };
}"""
COMES_BEFORE_FOCUS = """target => {
  const focus = document.activeElement;
  return focus !== document.body && !!(focus.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_PRECEDING);
}"""
HAS_FOCUS = "target => document.activeElement === target"


class Mouse:
    """A user with a mouse, who types into the field they clicked."""

    javascript = True

    def __init__(self, page, labels):
        self.page = page
        self.labels = labels

    # Controls of the page

    @property
    def main(self):
        return self.page.get_by_role("main")

    def button(self, english, **said):
        return self.page.get_by_role("button", name=self.labels(english, **said), exact=True)

    def link(self, english, within=None, **said):
        return (within or self.main).get_by_role("link", name=self.labels(english, **said), exact=True)

    def field(self, label):
        """The control with this label. Marks may follow the label."""
        labelled = self.main.get_by_label(re.compile(rf"^\s*{re.escape(label)}"))
        return labelled.and_(self.main.locator("input, select, textarea"))

    # Actions

    def press(self, button):
        button.click()

    def follow(self, link):
        link.click()

    def type(self, field, text):
        field.fill(text)

    def type_date(self, field, day):
        field.fill(day.isoformat())

    def choose(self, field, option):
        field.select_option(label=option)

    def tick(self, field):
        field.check()

    def create(self, label, name):
        """Creates a new row in the picker."""
        self.type(self.field(label), name)
        self.choose_answer(self.answer(self.labels("Create “%(name)s”", name=name)))

    def answer(self, text):
        return self.main.get_by_role("option", name=text)

    def choose_answer(self, answer):
        answer.click()


class WithoutJavaScript(Mouse):
    javascript = False

    def create(self, label, name):
        self.type(self.field(label), name)
        self.press(self.button("Find: %(label)s", label=label))
        self.main.get_by_role("radio", name=self.labels("Create “%(name)s”", name=name)).check()


class Keyboard(Mouse):
    """A user without a mouse: Tab, Shift+Tab, Space, Enter, arrows, letters and digits.

    At each stop the focus must be visible, and the next Tab must move it.
    """

    def reach(self, target):
        expect(target).to_be_visible()
        if target.evaluate(HAS_FOCUS):
            return
        key = "Shift+Tab" if target.evaluate(COMES_BEFORE_FOCUS) else "Tab"
        element = target.element_handle()
        stops = []
        for _ in range(MOST_STOPS):
            self.page.keyboard.press(key)
            stop = self._stop(element)
            if stop and stop["isTarget"]:
                return
            stops.append(stop and (stop["number"], stop["html"]))
            assert len(stops) <= STOPS_OF_A_DATE or len(set(stops[-STOPS_OF_A_DATE - 1 :])) > 1, (
                f"the focus is trapped at {stops[-1]}"
            )
        raise AssertionError(f"{MOST_STOPS} times {key} do not lead to {target}")

    def _stop(self, target):
        """What the focus came to; None past the last, where the browser's own controls are."""
        stop = self.page.evaluate(STOP, target)
        if stop is None:
            return None
        assert stop["isMarked"], f"the focus cannot be seen at {stop['html']}"
        assert stop["isInSight"], f"the focus is out of sight at {stop['html']}"
        return stop

    def press(self, button):
        self.reach(button)
        self.page.keyboard.press("Space")

    def follow(self, link):
        self.reach(link)
        self.page.keyboard.press("Enter")

    def type(self, field, text):
        self.reach(field)
        self.page.keyboard.type(text)

    def type_date(self, field, day):
        """The date field takes digits in the order of the browser, so day and month must be equal."""
        assert day.day == day.month
        self.reach(field)
        self.page.keyboard.type(f"{day:%d%m%Y}")
        expect(field).to_have_value(day.isoformat())

    def choose(self, field, option):
        self.reach(field)
        options, chosen = field.locator("option").all_text_contents(), field.locator("option:checked")
        way = options.index(option) - options.index(chosen.text_content())
        for _ in range(abs(way)):
            self.page.keyboard.press("ArrowDown" if way > 0 else "ArrowUp")
        expect(chosen).to_have_text(option)

    def tick(self, field):
        self.reach(field)
        self.page.keyboard.press("Space")
        expect(field).to_be_checked()

    def choose_answer(self, answer):
        """The arrow down moves from one answer to the next, and Enter takes the highlighted one."""
        expect(answer).to_be_visible()
        for _ in range(20):
            if answer.get_attribute("aria-selected") == "true":
                break
            self.page.keyboard.press("ArrowDown")
        expect(answer).to_have_attribute("aria-selected", "true")
        self.page.keyboard.press("Enter")
        expect(answer).to_be_hidden()
