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
    // Scrolls to the whole step, with its label and its error.
    (field.closest(".step, .mb-3, fieldset") || field).scrollIntoView({ block: "center" });
    field.focus({ preventScroll: true });
    return true;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && go(decodeURIComponent(link.hash.slice(1)))) event.preventDefault();
  });
  document.addEventListener("DOMContentLoaded", () => go(decodeURIComponent(location.hash.slice(1))));
})();
