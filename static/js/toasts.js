// A toast disappears after 4 seconds, but never under the pointer or in focus. js/focus.js announces it.
(() => {
  "use strict";
  const SHOWN = 4000; // milliseconds
  const timers = new WeakMap();
  const toasts = () => document.querySelectorAll("[data-toast]:not([hidden])");
  const isInUse = (toast) => toast.matches(":hover") || toast.contains(document.activeElement);

  function start(toast) {
    clearTimeout(timers.get(toast));
    timers.set(toast, setTimeout(() => { if (!isInUse(toast)) toast.hidden = true; }, SHOWN));
  }
  const startAll = () => toasts().forEach((toast) => { if (!timers.has(toast)) start(toast); });

  // Counts anew after the pointer or the focus has left.
  for (const left of ["pointerout", "focusout"]) {
    document.addEventListener(left, (event) => {
      const toast = event.target.closest?.("[data-toast]");
      if (toast) start(toast);
    });
  }
  document.addEventListener("DOMContentLoaded", startAll);
  document.addEventListener("htmx:afterSettle", startAll);
})();
