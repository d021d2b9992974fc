// A message of success disappears after 4 seconds, but never under the pointer or in focus. js/focus.js announces it.
(() => {
  "use strict";
  const SHOWN = 4000; // milliseconds
  const timers = new WeakMap();
  const shown = () => document.querySelectorAll("[data-said-once]:not([hidden])");
  const isInUse = (message) => message.matches(":hover") || message.contains(document.activeElement);

  function start(message) {
    clearTimeout(timers.get(message));
    timers.set(message, setTimeout(() => { if (!isInUse(message)) message.hidden = true; }, SHOWN));
  }
  const startAll = () => shown().forEach((message) => { if (!timers.has(message)) start(message); });

  // Counts anew after the pointer or the focus has left.
  for (const left of ["pointerout", "focusout"]) {
    document.addEventListener(left, (event) => {
      const message = event.target.closest?.("[data-said-once]");
      if (message) start(message);
    });
  }
  document.addEventListener("DOMContentLoaded", startAll);
  document.addEventListener("htmx:afterSettle", startAll);
})();
