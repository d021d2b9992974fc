// The place below a step in which a form opens: brings it into view, and closes it on Cancel and Escape.
(() => {
  "use strict";
  const openers = new Map(); // the id of the button that opened the form, by the id of the place

  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, target } = event.detail;
    if (elt.id && target?.matches?.(".place")) openers.set(target.id, elt.id);
  });

  // js/focus.js focuses the first field or the summary of the errors. The rest of the form comes into view, too, if it
  // fits: a longer one would push the first field out of view.
  document.addEventListener("htmx:afterSettle", (event) => {
    const place = document.getElementById(event.detail.target.id || "");
    if (place?.matches(".place") && place.offsetHeight < window.innerHeight) place.scrollIntoView({ block: "nearest" });
  });

  // A text that would be lost is worth a question. A refused form shows what was typed as if it had been there.
  function hasText(place) {
    const isRefused = Boolean(place.querySelector('form[data-guard="dirty"]'));
    return [...place.querySelectorAll("textarea")].some((text) => (isRefused ? text.value : text.value !== text.defaultValue));
  }
  function close(place) {
    if (hasText(place) && !window.confirm(document.body.dataset.unsaved)) return;
    place.replaceChildren();
    document.getElementById(openers.get(place.id) || place.dataset.returnsFocus)?.focus({ preventScroll: true });
  }
  document.addEventListener("click", (event) => {
    const cancel = event.target.closest("[data-closes-place]");
    if (!cancel) return;
    event.preventDefault();
    close(cancel.closest(".place"));
  });
  // A picker closes its list first: js/picker.js.
  document.addEventListener("keydown", (event) => {
    const place = event.target.closest?.(".place");
    if (event.key === "Escape" && place && !event.defaultPrevented) close(place);
  });
})();
