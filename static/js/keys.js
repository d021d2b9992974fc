// Keys: / or Ctrl-K opens js/find.js, n makes a new opportunity, ? shows the keys, Ctrl-Enter presses the main button of a form.
// Never while a text is typed, and never with other modifier keys. js/rows_keys.js has the keys of rows.
(() => {
  "use strict";
  const TYPED = "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=button], [type=submit])";
  const page = () => document.querySelector("a[data-keys]"); // in the user menu; without a role there are no keys
  const find = () => document.dispatchEvent(new CustomEvent("salesflow:find"));

  // The page of the keys has its heading; over another page it is one level below.
  function lower(heading) {
    const lowered = document.createElement(`h${Number(heading.tagName[1]) + 1}`);
    if (heading.id) lowered.id = heading.id;
    lowered.className = heading.className;
    lowered.append(...heading.childNodes);
    heading.replaceWith(lowered);
  }

  // The page of the keys, as a dialog over this page.
  async function show() {
    const { href, pathname } = page();
    if (pathname === location.pathname) return document.getElementById("main").focus();
    let dialog = document.getElementById("keys-dialog");
    if (!dialog) {
      const response = await fetch(href).catch(() => null);
      const html = response?.ok && !response.redirected ? await response.text() : "";
      const keys = new DOMParser().parseFromString(html, "text/html").getElementById("keys");
      if (!keys) return location.assign(href);
      keys.querySelectorAll("h2").forEach(lower);
      keys.querySelectorAll("h1").forEach(lower);
      dialog = document.createElement("dialog");
      dialog.id = "keys-dialog";
      dialog.setAttribute("aria-labelledby", "keys-title");
      dialog.append(keys);
      document.body.append(dialog);
    }
    if (!dialog.open) dialog.showModal();
    return undefined;
  }

  // The main button of the form with the focus, else its first visible button that submits.
  function press(form) {
    const buttons = [...form.elements].filter((each) => each.matches("button:not([type=button], [type=reset])") && each.offsetParent);
    const main = buttons.find((each) => each.matches(".btn-move, .btn-primary")) || buttons.find((each) => !each.matches(".visually-hidden"));
    main?.click();
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.repeat || event.altKey) return;
    const control = event.ctrlKey || event.metaKey;
    if (control && event.key === "Enter" && !event.shiftKey) {
      const form = event.target.closest("form[method=post]");
      if (!form) return;
      event.preventDefault();
      press(form);
      return;
    }
    if (!page() || event.target.closest(TYPED) || document.querySelector("dialog[open]")) return;
    const act = control ? { k: find }[event.key] : { "/": find, n: () => page().dataset.new && location.assign(page().dataset.new), "?": show }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  // In the menu, too.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-keys]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    link.closest("details")?.removeAttribute("open");
    show();
  });
})();
