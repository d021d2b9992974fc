// Makes a link to a field focus the field: in error summaries, in "Still needed for …", and from another page.
(() => {
  "use strict";
  const FIELDS = "input:not([type=hidden]), select, textarea, button, a[href], summary";

  function go(id) {
    const target = id && document.getElementById(id);
    if (!target || target.id === "main") return false;
    for (let box = target.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    const field = target.matches(FIELDS) ? target : target.querySelector(FIELDS);
    if (!field) return false;
    // Scrolls to the whole step, with its label and its error; to its beginning if it is tall, below the head of the panel.
    const row = field.closest(".step, .mb-3, fieldset") || field;
    row.scrollIntoView({ block: row.offsetHeight > window.innerHeight / 2 ? "start" : "center" });
    field.focus({ preventScroll: true });
    return true;
  }

  // "2 left": pressed again, it goes to the next of the fields that it names.
  function following(link) {
    const fields = link.dataset.missing.split(" ");
    const here = fields.findIndex((id) => document.getElementById(id)?.closest(".step")?.contains(document.activeElement));
    return fields[(Number(link.dataset.at ?? here) + 1) % fields.length];
  }
  document.addEventListener("click", (event) => {
    const left = event.target.closest("a[data-missing]");
    if (!left || !left.dataset.missing) return;
    const next = following(left);
    left.dataset.at = left.dataset.missing.split(" ").indexOf(next);
    if (go(next)) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && !event.defaultPrevented && go(decodeURIComponent(link.hash.slice(1)))) event.preventDefault();
  });
  document.addEventListener("DOMContentLoaded", () => go(decodeURIComponent(location.hash.slice(1))));
})();
