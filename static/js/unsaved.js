// Asks before the user leaves a form[data-guard] with unsaved entries.
// data-guard="dirty" marks a refused form, whose entries are not saved either.
(() => {
  "use strict";
  const saved = new WeakSet(); // forms that were sent and not changed since
  const touched = new WeakSet(); // fields that were changed; a select without a selected option would count as changed

  function changed(field) {
    if (field.type === "hidden" || field.disabled) return false;
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.options) return touched.has(field);
    return "defaultValue" in field && field.value !== field.defaultValue; // buttons and fieldsets have no default
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
  // htmx prevents the default of a submit that it sends. Its own event says whether that succeeded.
  document.addEventListener("submit", (event) => { if (!event.defaultPrevented) saved.add(event.target); });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, successful } = event.detail; // a request of a picker in the form saves nothing
    if (successful && elt.matches("form[data-guard]")) saved.add(elt);
  });
  window.addEventListener("beforeunload", (event) => {
    const kept = "kept" in document.documentElement.dataset; // js/kept.js restores the entries
    if (!kept && dirty(document)) event.preventDefault();
  });
  // htmx does not unload the page, so this also asks before a response replaces a form that was not sent.
  document.addEventListener("htmx:confirm", (event) => {
    const { target, elt } = event.detail;
    if (target && dirty(target, elt) && !window.confirm(document.body.dataset.unsaved)) event.preventDefault();
  });
})();
