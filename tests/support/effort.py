"""A user with a mouse and a keyboard whose effort is counted: pointer presses, page loads and scrolls.

Typing, Tab and Enter are free. A press outside the visible part of the page counts as a scroll.
"""

from playwright.sync_api import expect

MOST_STOPS = 100  # more than one round of the page
IN_SIGHT = """element => {
  const box = element.getBoundingClientRect();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const at = document.elementFromPoint(x, y);
  const parts = [element, ...(element.labels || [])];
  return !!at && (at.contains(element) || parts.some(part => part.contains(at)));
}"""
HAS_FOCUS = "element => document.activeElement === element"


class CountedUser:
    def __init__(self, page):
        self.page = page
        self.presses = self.loads = self.scrolls = 0
        page.on("load", self._loaded)

    def _loaded(self, _page):
        self.loads += 1

    def press(self, target):
        """Presses a button, a link or a box with the mouse."""
        expect(target).to_be_visible()
        if not target.evaluate(IN_SIGHT):
            self.scrolls += 1
            target.scroll_into_view_if_needed()
        self.presses += 1
        target.click()

    def type(self, field, text):
        """Goes to the field with Tab, and types."""
        self._reach(field)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def pick(self, field, text):
        """Types into a picker and takes the first match."""
        self.type(field, text)
        expect(self.page.locator("[role=option][aria-selected=true]:visible")).to_contain_text(text)
        self.page.keyboard.press("Enter")

    def choose(self, field, option):
        """Chooses an option by typing its first letters."""
        self._reach(field)
        self.page.keyboard.type(option)

    def enter(self):
        self.page.keyboard.press("Enter")

    def _reach(self, field):
        expect(field).to_be_visible()
        for _ in range(MOST_STOPS):
            if field.evaluate(HAS_FOCUS):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach {field}")
