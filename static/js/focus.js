// After each htmx answer: put the focus where reading goes on, and say aloud what changed.
// Order: the error summary, what is marked data-focus, the heading of the part that was swapped.
(() => {
  "use strict";
  const announcer = () => document.getElementById("announcer");

  // Messages once each, wherever they came from; of a part that was swapped, also what it marks data-announce.
  const said = new WeakSet();
  function announce(within) {
    const parts = [...document.querySelectorAll("#messages .message"), ...(within?.querySelectorAll("[data-announce]") || [])];
    const fresh = parts.filter((part) => !said.has(part));
    fresh.forEach((part) => said.add(part));
    const text = fresh.map((part) => part.textContent.trim().replace(/\s+/g, " ")).join(" ");
    if (!text) return;
    announcer().textContent = "";
    setTimeout(() => { announcer().textContent = text; }, 100); // emptied first, so that the same words are read again
  }

  function land(region) {
    const place = region.querySelector("[data-error-summary]")
      || (region.matches("[data-focus]") ? region : region.querySelector("[data-focus]"))
      || region.querySelector("h1, h2, h3");
    if (!place) return;
    if (!place.matches("a[href], button, input, select, textarea, [tabindex]")) place.setAttribute("tabindex", "-1");
    if (region.id === "main") window.scrollTo(0, 0); // a new page: from the top, as without JavaScript
    place.focus({ preventScroll: true });
    place.scrollIntoView({ block: "nearest" });
  }

  function region(detail) {
    if (detail.target.isConnected) return detail.target;
    return (detail.target.id && document.getElementById(detail.target.id)) || document.getElementById("main");
  }

  const settled = new WeakSet(); // one answer settles once per element it brought
  document.addEventListener("htmx:afterSettle", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (!xhr || settled.has(xhr)) return;
    settled.add(xhr);
    const swapped = region(event.detail);
    const asked = requestConfig?.triggeringEvent?.type;
    const lost = !document.activeElement || document.activeElement === document.body;
    // Somebody typing in a search field or picker keeps the cursor; a click or a submit moves on.
    if (lost || asked === "click" || asked === "submit") land(swapped);
    announce(swapped);
  });

  function trouble(kind) {
    document.querySelectorAll("[data-trouble]").forEach((banner) => { banner.hidden = banner.dataset.trouble !== kind; });
    document.querySelector("[data-trouble]:not([hidden])")?.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("htmx:beforeRequest", () => trouble(null));
  // A request that only reads saves nothing. Of any other nobody knows: its answer may be what was lost.
  // An answer that saves itself is sent again: js/saves.js.
  const silent = (event) => event.detail.elt.matches(".step") || trouble(event.detail.requestConfig?.verb === "get" ? "offline" : "unanswered");
  document.addEventListener("htmx:sendError", silent);
  document.addEventListener("htmx:timeout", silent);
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr, requestConfig } = event.detail;
    const written = new URL(requestConfig.path, location.href).pathname;
    const isElsewhere = requestConfig.verb !== "get" && new URL(xhr.responseURL || written, location.href).pathname !== written;
    if (xhr.status < 500 && !isElsewhere) trouble("refused");
    else trouble(requestConfig.verb === "get" ? "failed" : "half"); // half: it was written, or the page after it failed
  });
  // A session that ended answers with the sign-in page: that is no part of this one.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!/id="entrance"/.test(event.detail.serverResponse || "")) return;
    event.detail.shouldSwap = false;
    trouble("signed-out");
  });

  // The page that says "busy" is no part of this one either: the form stays, with what was typed.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status !== 503 || !/id="busy"/.test(event.detail.serverResponse || "")) return;
    event.detail.shouldSwap = false;
    trouble("busy");
  });

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelector("[data-error-summary]")?.focus();
    announce(null);
  });
})();
