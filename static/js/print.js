// A button that prints the page. Without JavaScript it stays hidden.
(() => {
  "use strict";
  function show() {
    for (const button of document.querySelectorAll("[data-print]")) button.hidden = false;
  }
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });
  for (const event of ["DOMContentLoaded", "htmx:afterSettle"]) document.addEventListener(event, show);
})();
