// Keys in a list of rows: j and k move, Enter opens, d is done. On an opportunity j and k open the next and the previous. A row has data-row; its link has data-open, and what
// `d` presses has data-act="done". After an act a row that moved is put into its group, and one that left hands the
// focus to the next.
(() => {
  "use strict";
  const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.getClientRects().length);
  const link = (row) => row?.querySelector("[data-open]");
  const current = () => document.activeElement?.closest("[data-row]");
  const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");

  function go(row) {
    link(row)?.focus();
    row?.scrollIntoView({ block: "nearest" });
  }

  function move(by) {
    const all = rows();
    const at = all.indexOf(current());
    go(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)]);
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const row = current();
    const by = { j: 1, k: -1 }[event.key];
    const neighbour = by && document.querySelector(`[data-neighbours]:not([hidden]) [data-neighbour="${by}"]`);
    if (neighbour) neighbour.click();
    else if (by) move(by);
    else if (event.key === "d" && row) row.querySelector("[data-act='done']")?.click();
    else return; // Enter on the link of a row opens it without a script
    event.preventDefault();
  });

  let next = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const row = event.detail.target;
    if (!row.matches?.("[data-row]")) return;
    const all = rows();
    const at = all.indexOf(row);
    next = { id: row.id, row: all[at + 1] || all[at - 1] };
  });
  // Before htmx settles, because moving an element takes the focus from it.
  document.addEventListener("htmx:afterSwap", () => {
    for (const row of document.querySelectorAll("[data-rows] > [data-row]")) {
      if (row.dataset.group === row.parentElement.dataset.rows) continue;
      document.querySelector(`[data-rows="${row.dataset.group}"]`)?.prepend(row);
    }
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (!next) return;
    if (!document.getElementById(next.id)) go(next.row?.isConnected ? next.row : rows()[0]);
    next = null;
  });
})();
