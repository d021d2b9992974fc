// After each htmx response: moves the focus, and announces to screen readers what changed.
// The focus goes to the error summary, else to an element with data-focus, else to the heading of the swapped part,
// else to the field of the step that was saved.
(() => {
  "use strict";
  const announcer = () => document.getElementById("announcer");

  // Announces each message once, and the elements with data-announce in a swapped part.
  const said = new WeakSet();
  function announce(within) {
    const parts = [...document.querySelectorAll("#messages .message"), ...(within?.querySelectorAll("[data-announce]") || [])];
    const fresh = parts.filter((part) => !said.has(part));
    fresh.forEach((part) => said.add(part));
    const text = fresh.map((part) => part.textContent.trim().replace(/\s+/g, " ")).join(" ");
    if (!text) return;
    announcer().textContent = "";
    setTimeout(() => { announcer().textContent = text; }, 100); // emptied first, so that the same words are repeated
  }

  function land(region, step) {
    const place = region.querySelector("[data-error-summary]")
      || (region.matches("[data-focus]") ? region : region.querySelector("[data-focus]"))
      || region.querySelector("h1, h2, h3")
      || step?.querySelector("input:not([type=hidden]), select, textarea")
      || document.getElementById(region.dataset.returnsFocus || ""); // a form that was shown in place is gone
    if (!place) return;
    if (!place.matches("a[href], button, input, select, textarea, [tabindex]")) place.setAttribute("tabindex", "-1");
    if (region.id === "main") window.scrollTo(0, 0); // a new page starts at the top, as without JavaScript
    place.focus({ preventScroll: true });
    place.scrollIntoView({ block: "nearest" });
  }

  function region(detail) {
    if (detail.target.isConnected) return detail.target;
    return (detail.target.id && document.getElementById(detail.target.id)) || document.getElementById("main");
  }

  // A filter or a sort link stays in focus, where it is, although the response replaces it.
  const used = new WeakMap();
  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, xhr } = event.detail;
    const id = elt.closest("[data-keeps-focus]") && document.activeElement?.id;
    if (id) used.set(xhr, id);
  });
  function stay(xhr) {
    if (used.has(xhr) && document.activeElement !== document.body) return true; // it was not replaced
    const control = document.getElementById(used.get(xhr) || "");
    control?.focus({ preventScroll: true });
    return Boolean(control) && document.activeElement === control;
  }

  // The focus is lost when the response removes the element that has it. A user who tabs past the last element of the
  // page is on the body, too, and loses nothing.
  const focused = new WeakMap();
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const element = document.activeElement;
    const menu = element?.closest("details[id]");
    focused.set(detail.xhr, { element, menu: menu?.id, isOpen: menu?.open });
  });
  const isLost = (xhr) => document.activeElement === document.body && !focused.get(xhr)?.element?.isConnected;

  // The element that the response put in the place of the one with the focus. A menu stays open.
  function again(xhr) {
    const { element, menu, isOpen } = focused.get(xhr) || {};
    const details = document.getElementById(menu || "");
    if (details) details.open = isOpen;
    const place = document.getElementById(element?.id || "") || details?.querySelector(isOpen ? element.localName : "summary");
    place?.focus({ preventScroll: true });
    return Boolean(place) && document.activeElement === place;
  }

  const settled = new WeakSet(); // htmx fires the event once for each element of a response
  document.addEventListener("htmx:afterSettle", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (!xhr || settled.has(xhr)) return;
    settled.add(xhr);
    if (event.detail.target.matches?.("[data-row], .more") && !document.getElementById(event.detail.target.id)) {
      return announce(null); // it left its list, and js/rows_keys.js or js/board.js moves the focus
    }
    const swapped = region(event.detail);
    const asked = requestConfig?.triggeringEvent?.type;
    const step = requestConfig?.verb === "post" ? requestConfig.elt.closest?.(".step[hx-post]") : null;
    // The cursor stays in a search field or picker during typing. A click or a submit moves the focus.
    if (stay(xhr)) return announce(swapped);
    if (isLost(xhr) && again(xhr)) return announce(swapped);
    if (isLost(xhr) || asked === "click" || asked === "submit") land(swapped, step);
    return announce(swapped);
  });

  function trouble(kind) {
    document.querySelectorAll("[data-trouble]").forEach((banner) => { banner.hidden = banner.dataset.trouble !== kind; });
    document.querySelector("[data-trouble]:not([hidden])")?.scrollIntoView({ block: "nearest" });
  }
  // An answer that saves itself hides a banner when it is saved: before, its link may be about to be clicked.
  document.addEventListener("htmx:beforeRequest", (event) => { if (!event.detail.elt.matches(".step")) trouble(null); });
  document.addEventListener("htmx:oobAfterSwap", (event) => { if (event.detail.target.id === "saved") trouble(null); });
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
    else trouble(requestConfig.verb === "get" ? "failed" : "half"); // half: it may have been written before the error
  });
  // After the session has ended the response is the sign-in page. It does not replace a part of this page.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!/id="entrance"/.test(event.detail.serverResponse || "")) return;
    event.detail.shouldSwap = false;
    // Of an answer that saves itself, the line beside the main button says it: js/saves.js.
    if (event.detail.requestConfig?.verb !== "post" || !event.detail.elt.closest(".step")) trouble("signed-out");
  });

  // The "busy" page does not replace a part of this page either. The form keeps what was typed.
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
