// Cells of the list that can be changed: a click opens the form in the cell, Escape and Cancel close it again.
// Without this script the link of the cell leads to the form on a page of its own.
(() => {
  "use strict";
  const before = new WeakMap(); // what was in the cell, by its element

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.cell");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const cell = link.closest("td, th");
    document.querySelectorAll(".cell-form").forEach(close); // one at a time
    if (!before.has(cell)) before.set(cell, [...cell.childNodes]);
    cell.setAttribute("aria-busy", "true");
    htmx.ajax("GET", link.href, { source: link, event, target: cell, swap: "innerHTML", select: "unset" })
      .finally(() => {
        cell.removeAttribute("aria-busy");
        if (cell.contains(document.activeElement)) return; // js/focus.js has focused the field
        const settled = cell.querySelector("details.picker-settled"); // whose field is not to be seen yet
        if (settled) settled.open = true;
        cell.querySelector("[data-focus]")?.focus();
      });
  });

  function close(form) {
    const cell = form.closest("td, th");
    if (!before.has(cell)) return false;
    cell.replaceChildren(...before.get(cell));
    before.delete(cell);
    cell.querySelector("a.cell")?.focus({ preventScroll: true });
    return true;
  }
  document.addEventListener("click", (event) => {
    const cancel = event.target.closest?.("[data-closes-cell]");
    if (cancel && close(cancel.closest("form"))) event.preventDefault();
  });
  // A picker closes its list first: js/picker.js. A form that is being saved stays until its answer is there.
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.(".cell-form");
    if (event.key === "Escape" && form && !event.defaultPrevented && !form.matches(".htmx-request")) close(form);
  });
})();
