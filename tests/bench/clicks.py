"""`make clicks`: what a user waits for, measured in Chromium on this machine. See docs/interface.md, rule 6.

    python -m tests.bench.clicks [ADDRESS]

Measures a running server at ADDRESS (default: `make run` on PORT), signed in as the demo's manager, whose password is
in PASSWORD. Opens opportunities from the list `ROUNDS` times, with the pointer resting 300 ms on the link and without,
and prints the 75th percentile of each figure:

- click to content: from the press on the link to the largest paint of the page that it opens
- first byte: from the start of that navigation
- CLS: the shift of the opened page's layout
- INP: from a press on a control of the panel, and leaving it, to the next paint
- weight and requests: of a first visit with an empty cache, and of the pages after it
"""

import os
import shutil
import statistics
import sys

from playwright.sync_api import Page, sync_playwright

ROUNDS = int(os.environ.get("ROUNDS", "30"))
BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
RESTS = 300  # milliseconds
SETTLED = 400  # milliseconds after the load, in which a later paint or shift would come
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-component-update", "--disable-sync"]
OPTIONS = {"viewport": {"width": 1366, "height": 768}, "locale": "en-GB"}
LINKS = "main tbody th a[href^='/opportunities/']"

# The press is noted on the page that is left, in the session storage that the opened page reads.
NOTES = """
addEventListener("pointerdown", () => {
  sessionStorage.setItem("pressed", performance.timeOrigin + performance.now());
}, true);
window.noted = {paint: 0, shift: 0, slowest: 0};
const hear = (type, note, more) => new PerformanceObserver(list => list.getEntries().forEach(note))
  .observe({type, buffered: true, ...more});
hear("largest-contentful-paint", entry => { noted.paint = entry.startTime; });
hear("layout-shift", entry => { if (!entry.hadRecentInput) noted.shift += entry.value; });
hear("event", entry => { if (entry.interactionId) noted.slowest = Math.max(noted.slowest, entry.duration); },
  {durationThreshold: 16});
"""
READ = """() => {
  const page = performance.getEntriesByType("navigation")[0];
  return {
    content: performance.timeOrigin + noted.paint - Number(sessionStorage.getItem("pressed")),
    first_byte: page.responseStart,
    ahead: page.deliveryType === "navigational-prefetch",
    shift: noted.shift,
  };
}"""
# Without the font. What came from the browser's cache has no size.
LOADED = """() => {
  const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  const fetched = all.filter(each => each.transferSize && !each.name.endsWith(".woff2"));
  return [fetched.length, fetched.reduce((sum, each) => sum + each.transferSize, 0)];
}"""


def main() -> None:
    base = sys.argv[1] if len(sys.argv) > 1 else f"http://localhost:{os.environ.get('PORT', '8000')}"
    chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    print(f"{base}, {ROUNDS} rounds, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        page = browser.new_context(**OPTIONS).new_page()
        page.add_init_script(NOTES)
        sign_in(page, base)
        print_weight(page, base)
        for rests in (0, RESTS):
            print_clicks([opened(page, base, number, rests) for number in range(ROUNDS)], rests)
        print_interactions([ticked(page, base, number) for number in range(ROUNDS)])
        browser.close()
    print(f"load {os.getloadavg()[0]:.1f} at the end")


def sign_in(page: Page, base: str) -> None:
    page.goto(f"{base}/user/login/")
    page.fill("[name=login]", "manager")
    page.fill("[name=password]", os.environ.get("PASSWORD", "demo"))
    page.keyboard.press("Enter")
    page.wait_for_url(f"{base}/")


def print_weight(page: Page, base: str) -> None:
    """The first visit is of a new cache, with the cookies of the one that signed in."""
    session = page.context.new_cdp_session(page)
    session.send("Network.clearBrowserCache")
    for visit, address in (("first visit", "/"), ("warm, list", "/opportunities/"), ("warm, funnel", "/funnel/")):
        page.goto(base + address, wait_until="networkidle")
        requests, size = page.evaluate(LOADED)
        print(f"{visit:34}{requests:4} requests{size / 1000:8.1f} kB")
    session.detach()


def opened(page: Page, base: str, number: int, rests: int) -> dict:
    page.mouse.move(2, 2)
    page.goto(f"{base}/opportunities/")
    links = page.locator(LINKS)
    link = links.nth(number % min(links.count(), 12))
    link.scroll_into_view_if_needed()
    box = link.bounding_box()
    assert box
    if rests:
        page.mouse.move(box["x"] + 6, box["y"] + box["height"] / 2)
        page.wait_for_timeout(rests)
    page.mouse.click(box["x"] + 6, box["y"] + box["height"] / 2)
    page.wait_for_url("**/opportunities/*/", wait_until="load")
    page.wait_for_timeout(SETTLED)
    return page.evaluate(READ)


def ticked(page: Page, base: str, number: int) -> float:
    """Presses the first control of the panel, then leaves it: the slower of the two, in milliseconds."""
    page.goto(f"{base}/opportunities/")
    links = page.locator(LINKS)
    page.goto(base + str(links.nth(number % min(links.count(), 12)).get_attribute("href")))
    page.locator(".step :is(input:not([type=hidden]), textarea, select), .menu summary").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.wait_for_timeout(SETTLED)
    return page.evaluate("noted.slowest")


def print_clicks(found: list[dict], rests: int) -> None:
    name = f"the pointer rests {rests} ms" if rests else "at once"
    for figure, unit in (("content", "ms"), ("first_byte", "ms"), ("shift", "")):
        print(f"{name + ', ' + figure:34}{p75([each[figure] for each in found]):9.3g} {unit}")
    print(f"{name + ', fetched ahead':34}{sum(each['ahead'] for each in found):5} of {len(found)}")


def print_interactions(found: list[float]) -> None:
    print(f"{'INP':34}{p75(found):9.3g} ms")


def p75(values: list[float]) -> float:
    return statistics.quantiles(values, n=4)[2]


if __name__ == "__main__":
    main()
