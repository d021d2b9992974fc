// While an opportunity is open: asks every few seconds whether others changed it, and says so. When the page is left:
// tells the server which version was seen. It never does so for a page that was not visible.
// A list that was drawn before loses the marks of opportunities that this tab has shown since.
(() => {
  "use strict";
  const EVERY = 10000; // milliseconds; a change is said within 15 seconds
  const user = document.querySelector("meta[name=user]")?.content;
  const KEY = `seen ${user}`;
  const live = () => document.getElementById("live");
  const isVisible = () => document.visibilityState === "visible";

  // The browser may refuse storage. Then the marks stay until the list is loaded again.
  function seen() {
    try {
      return JSON.parse(sessionStorage.getItem(KEY)) || {};
    } catch {
      return {};
    }
  }
  function store(pk, version) {
    try {
      sessionStorage.setItem(KEY, JSON.stringify({ ...seen(), [pk]: Math.max(version, seen()[pk] || 0) }));
    } catch { /* see above */ }
  }

  // Leaving the page

  let wasVisible = false;
  let sent = ""; // the opportunity and version that were sent last
  function leave() {
    const place = live();
    if (!place || !wasVisible) return;
    const { opportunity, version } = place.dataset;
    if (sent === `${opportunity} ${version}`) return;
    sent = `${opportunity} ${version}`;
    store(opportunity, Number(version));
    const token = JSON.parse(document.body.getAttribute("hx-headers"))["x-csrftoken"];
    const said = new URLSearchParams({ csrfmiddlewaretoken: token, version, quiet: "1" });
    navigator.sendBeacon(place.dataset.seen, said);
  }

  // Asking

  let timer = 0;
  const plan = () => {
    clearTimeout(timer);
    if (live() && isVisible()) timer = setTimeout(ask, EVERY);
  };
  async function ask() {
    const place = live();
    if (!place || !isVisible()) return;
    const { changed, version } = place.dataset;
    try {
      const answer = await fetch(`${changed}?version=${version}`, { redirect: "manual", headers: { "x-requested-with": "live" } });
      if (answer.type === "opaqueredirect" || answer.status === 403 || answer.status === 404) return; // signed out, or no longer visible
      if (answer.status === 200 && place.isConnected) show(place, await answer.text(), answer.headers.get("x-version"));
    } catch { /* no connection: asks again */ }
    plan();
  }
  // The same change is not announced twice.
  function show(place, sentence, version) {
    if (place.dataset.said === version) return;
    place.dataset.said = version;
    const notice = document.getElementById("live-notice").content.cloneNode(true);
    notice.querySelector("[data-said]").textContent = sentence;
    place.replaceChildren(notice);
  }

  // Lists

  function clearMarks() {
    const known = seen();
    const cleared = new Set();
    for (const mark of document.querySelectorAll("[data-news]")) {
      const [pk, version] = mark.dataset.news.split("-").map(Number);
      if (!(known[pk] >= version)) continue;
      cleared.add(pk);
      mark.remove();
    }
    for (const count of document.querySelectorAll("[data-news-count]")) {
      if (cleared.size && Number(count.dataset.newsCount) <= cleared.size) count.hidden = true;
    }
  }

  function look() {
    if (isVisible()) {
      wasVisible = wasVisible || Boolean(live());
      clearMarks();
      plan();
    } else {
      clearTimeout(timer);
      leave();
    }
  }
  document.addEventListener("visibilitychange", () => {
    look();
    if (isVisible()) ask();
  });
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", look);
  document.addEventListener("DOMContentLoaded", look);
  document.addEventListener("htmx:afterSettle", clearMarks);
})();
