// The form that adds evidence below its step. It is inside the form of the panel, so it sends only its own entries.
(() => {
  "use strict";
  const within = (element) => element.closest?.(".step-add");

  document.addEventListener("htmx:configRequest", (event) => {
    const { elt, verb, parameters } = event.detail;
    const form = verb === "post" && elt.closest("[data-entries]");
    if (!form) return;
    for (const name of new Set(parameters.keys())) if (!name.startsWith(form.dataset.entries)) parameters.delete(name);
  });

  // js/focus.js focuses the first field or the summary of the errors. The rest of the form comes into view, too.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.matches?.(".step-add")) event.detail.target.scrollIntoView({ block: "nearest" });
  });

  function close(place) {
    place.replaceChildren();
    document.getElementById(place.dataset.opener)?.focus({ preventScroll: true });
  }
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-closes-add]")) close(within(event.target));
  });
  // A picker closes its list first: js/picker.js.
  document.addEventListener("keydown", (event) => {
    const place = within(event.target);
    if (event.key === "Escape" && place && !event.defaultPrevented) close(place);
  });
})();
