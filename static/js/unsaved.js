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
  document.addEventListener("answer-saved", (event) => touched.delete(event.target)); // js/saves.js
  // htmx prevents the default of a submit it takes over; its own answer says how that went.
  document.addEventListener("submit", (event) => { if (!event.defaultPrevented) saved.add(event.target); });
  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt, successful } = event.detail; // a request of a picker in the form saves nothing
    if (successful && elt.matches("form[data-guard]")) saved.add(elt);
  });
  window.addEventListener("beforeunload", (event) => {
    const kept = "kept" in document.documentElement.dataset; // js/kept.js restores the entries
    if (!kept && dirty(document)) event.preventDefault();
  });
  // htmx does not unload the page, so this also asks before a response replaces a form that was not sent. Answers that
  // are saving themselves are no reason to ask: the request waits for them.
  const MOST = 10000; // milliseconds
  const saving = (within) => Boolean(within.querySelector("form[data-saving-answers]"));
  const settled = (within) => new Promise((resolve) => {
    const check = () => {
      if (saving(within)) return;
      document.removeEventListener("answers-settled", check);
      resolve();
    };
    document.addEventListener("answers-settled", check);
    setTimeout(resolve, MOST);
    check();
  });
  const mayReplace = (target, elt) => !dirty(target, elt) || window.confirm(document.body.dataset.unsaved);
  const waiting = new WeakSet(); // elements whose request waits: a second press is the same request
  document.addEventListener("htmx:confirm", async (event) => {
    const { target, elt, issueRequest } = event.detail;
    if (waiting.has(elt)) event.preventDefault();
    if (waiting.has(elt) || !target || !dirty(target, elt)) return;
    if (!saving(target)) {
      if (!mayReplace(target, elt)) event.preventDefault();
      return;
    }
    event.preventDefault();
    waiting.add(elt);
    await settled(target);
    waiting.delete(elt);
    if (elt.isConnected && mayReplace(target, elt)) issueRequest(true);
  });
})();
