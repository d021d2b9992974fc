// A row of tabs that is wider than a phone scrolls sideways: the tab of the page that is shown comes into view.
(() => {
  "use strict";
  function show() {
    for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
      const row = tab.closest("ul");
      const middle = (each) => each.getBoundingClientRect().left + each.clientWidth / 2;
      if (row.scrollWidth > row.clientWidth) row.scrollLeft += middle(tab) - middle(row);
    }
  }
  document.addEventListener("DOMContentLoaded", show);
  document.addEventListener("htmx:afterSettle", show);
})();
