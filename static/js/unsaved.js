// Leaving a form[data-guard] with something typed and not saved asks first.
// data-guard="dirty" marks a form that came back refused: what it shows is not saved either.
(() => {
  "use strict";
  const saved = new WeakSet(); // forms sent off, until something is typed in them again
  const touched = new WeakSet(); // a select without a marked option differs from its default untouched

  function changed(field) {
    if (field.type === "hidden" || field.disabled) return false;
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.options) return touched.has(field);
    return "defaultValue" in field && field.value !== field.defaultValue; // buttons and fieldsets have none
  }
  function dirty(within, sent = null) {
    return [...within.querySelectorAll("form[data-guard]")].some(
      (form) => form !== sent && !saved.has(form) && (form.dataset.guard === "dirty" || [...form.elements].some(changed)),
    );
  }

  document.addEventListener("input", (event) => {
    touched.add(event.target);
    if (event.target.form) saved.delete(event.target.form);
  });
  document.addEventListener("answer-saved", (event) => touched.delete(event.target)); // js/saves.js
  // htmx prevents the default of a submit it takes over; its own answer says how that went.
  document.addEventListener("submit", (event) => { if (!event.defaultPrevented) saved.add(event.target); });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, successful } = event.detail; // what a picker within the form asks for is no saving
    if (successful && elt.matches("form[data-guard]")) saved.add(elt);
  });
  window.addEventListener("beforeunload", (event) => {
    const kept = "kept" in document.documentElement.dataset; // js/kept.js gives it back
    if (!kept && dirty(document)) event.preventDefault();
  });
  // htmx leaves no page: ask when an answer is about to replace a form other than the one being sent.
  document.addEventListener("htmx:confirm", (event) => {
    const { target, elt } = event.detail;
    if (target && dirty(target, elt) && !window.confirm(document.body.dataset.unsaved)) event.preventDefault();
  });
})();
