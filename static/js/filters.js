// The filters of a list, which apply on change. A search applies while it is typed.
(() => {
  "use strict";
  const isFilter = (element) => element.matches("form[data-no-empty]");

  // A filter that is empty is not in the address, nor the text by which a picker found its row.
  document.addEventListener("htmx:configRequest", (event) => {
    const { elt, parameters } = event.detail;
    if (!isFilter(elt)) return;
    for (const [name, value] of [...parameters.entries()]) {
      if (!value || /-(find|asked|like)$/.test(name)) parameters.delete(name);
    }
  });

  // A search applies while it is typed, so the change event of the search field, when it loses the focus, is ignored.
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("form[data-no-empty] #id_q")) event.stopPropagation();
  }, true);

  // What is being clicked is not replaced before the click: a request or a response waits for it. After the click on a
  // link nothing is sent any more, because a new address would stop the browser on its way to the next page.
  let click = null;
  let isLeaving = false;
  const opensHere = (event) => event.type === "click" && !event.defaultPrevented && !event.ctrlKey && !event.metaKey
    && !event.shiftKey && Boolean(event.target.closest("a[href]:not([href^='#'], [download], [target])"));
  document.addEventListener("pointerdown", () => {
    click = new Promise((resolve) => {
      const ends = (event) => setTimeout(() => {
        isLeaving ||= opensHere(event);
        click = null;
        resolve();
      });
      for (const end of ["click", "pointercancel"]) document.addEventListener(end, ends, { once: true });
      document.addEventListener("pointerup", (event) => setTimeout(ends, 50, event), { once: true }); // no click followed
    });
  }, true);
  window.addEventListener("pageshow", () => { isLeaving = false; });

  async function afterClick(form, act) {
    await click;
    if (!isLeaving && form.isConnected) act();
  }
  document.addEventListener("htmx:confirm", (event) => {
    if (!(click || isLeaving) || !isFilter(event.detail.elt)) return;
    event.preventDefault();
    afterClick(event.detail.elt, () => event.detail.issueRequest(true));
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const form = event.detail.requestConfig?.elt;
    if (!(click || isLeaving) || !form || !isFilter(form)) return;
    event.detail.shouldSwap = false;
    afterClick(form, () => window.htmx.trigger(form, "submit"));
  });
})();
