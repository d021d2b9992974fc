// Quick find: `/`, Ctrl-K and the link in the head open a dialog over the page. Its answers come while one types; the arrow
// keys go through them, and Enter opens the first one. Without JavaScript the link leads to a page that does the same.
(() => {
  "use strict";
  const field = () => document.getElementById("find-q");
  const found = () => document.getElementById("find-answers");
  const answers = () => [...(found()?.querySelectorAll("a[data-answer]") || [])];
  const isAnswered = () => found()?.dataset.asked === field().value.trim();
  let waits = false; // Enter was pressed before the answers to the typed text were there

  function dialog() {
    const template = document.getElementById("find-template");
    if (!document.getElementById("find-dialog") && template) {
      document.body.append(template.content.cloneNode(true));
      window.htmx?.process(document.getElementById("find-dialog"));
    }
    return document.getElementById("find-dialog");
  }

  function open() {
    if (document.querySelector("main #find-q")) return field().select();
    const over = dialog();
    if (!over || over.open) return undefined;
    const form = over.querySelector("form");
    form.reset();
    form.elements.at.value = document.getElementById("live")?.dataset.opportunity || "";
    over.showModal();
    field().focus();
    return window.htmx.trigger(form, "ask");
  }

  function go(by) {
    const all = [field(), ...answers()];
    const at = Math.max(all.indexOf(document.activeElement), 0);
    all[(at + by + all.length) % all.length].focus();
  }

  function enter(event) {
    if (event.target !== field()) return undefined; // a link opens by itself
    event.preventDefault();
    waits = !isAnswered();
    return waits ? undefined : answers()[0]?.click();
  }

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || !event.target.closest?.(".find")) return undefined;
    if (event.key === "Enter") return enter(event);
    if (event.key === "Escape") { // a search field would only empty itself
      event.preventDefault();
      return document.getElementById("find-dialog")?.close();
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    return go(event.key === "ArrowDown" ? 1 : -1);
  });
  document.addEventListener("input", (event) => {
    if (event.target === field()) waits = false;
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (!waits || !field() || !isAnswered()) return;
    waits = false;
    answers()[0]?.click();
  });
  document.addEventListener("click", (event) => {
    const over = document.getElementById("find-dialog");
    if (over && event.target === over) return over.close(); // beside the dialog
    const link = event.target.closest("a[data-find]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return undefined;
    event.preventDefault();
    return open();
  });
  addEventListener("pagehide", () => document.getElementById("find-dialog")?.close());
  document.addEventListener("salesflow:find", open); // js/keys.js
})();
