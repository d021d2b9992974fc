// Keeps typed entries when the session ends, and when the user opens a page again that another person changed, in the
// session storage of the tab, by user and address of the form.
// Stores a form when it is sent. After the sign-in page it fills the form again; after any other page it removes
// the entries.
// Signing out, or a page of another user, removes all entries. Passwords and CSRF tokens are never stored.
(() => {
  "use strict";
  const PREFIX = "typed ";
  const CARRIED = /(^|[-_])(version|token|asked|page_state)$/; // hidden fields that are stored with the entries
  const user = document.querySelector("meta[name=user]")?.content;

  // The browser may refuse storage or have no space. Then nothing is kept.
  function keys() {
    try {
      return Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
    } catch {
      return [];
    }
  }
  const read = (key) => JSON.parse(sessionStorage.getItem(key));
  const drop = (key) => sessionStorage.removeItem(key);
  function write(key, kept) {
    try {
      sessionStorage.setItem(key, JSON.stringify(kept));
    } catch { /* see above */ }
  }

  // A field named "action" or "method" would hide the property of the form, so this reads the attribute.
  const address = (form) => new URL(form.getAttribute("action") || "", location.href).pathname;
  const forms = () => [...document.querySelectorAll("form[method=post]")];
  const ours = () => `${PREFIX}${user} `;
  function keyOf(form) {
    const place = forms().filter((each) => address(each) === address(form)).indexOf(form);
    return `${ours()}${place} ${address(form)}`;
  }

  function isKept(field) {
    if (!field.name || field.name === "csrfmiddlewaretoken" || /password/i.test(field.name)) return false;
    if (/^choice_/.test(field.name)) return false; // one of two values: the server shows them again
    if (field.type === "hidden") return CARRIED.test(field.name);
    return !["password", "file", "submit", "button", "reset", "image", "fieldset"].includes(field.type);
  }
  const words = (element) => element?.textContent.trim().replace(/\s+/g, " ") || "";
  function entry(field) {
    const kept = { name: field.name, type: field.type, value: field.value, label: words(field.labels?.[0]) };
    if (field.options) kept.options = [...field.selectedOptions].map((option) => [option.value, words(option)]);
    if (["checkbox", "radio"].includes(field.type)) kept.checked = field.checked;
    return kept;
  }
  function keep(form, lost = false, fields = [...form.elements].filter(isKept).map(entry)) {
    if (!user || !fields.some((field) => field.type !== "hidden")) return;
    write(keyOf(form), { page: location.pathname + location.search, at: Date.now(), lost, fields });
  }

  // Of a page that is opened again: only what was typed, since the other fields show what others changed. With the
  // version of the page on which it was typed, so that the server compares it with what others wrote since.
  function isTyped(field) {
    if (field.type === "hidden") return false;
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (!field.options) return field.value !== field.defaultValue;
    const options = [...field.options];
    const isDrawn = options.some((option) => option.defaultSelected);
    return isDrawn ? options.some((option) => option.selected !== option.defaultSelected) : field.selectedIndex > 0;
  }
  function keepTyped(form) {
    const all = [...form.elements].filter(isKept);
    const names = new Set(all.filter((field) => isTyped(field)).map((field) => field.name));
    const isHere = (field) => names.has(field.name) || (field.type === "hidden" && /(^|-)version$/.test(field.name));
    if (names.size) keep(form, "reload", all.filter(isHere).map(entry));
  }

  // Restoring. Each function returns whether the page has a field for the entry.

  // A new page lacks an answer of a picker that was fetched during typing.
  function addAnswer(form, kept) {
    const found = form.elements[`${kept.name}-find`]?.closest(".picker")?.querySelector("fieldset");
    if (!found) return null;
    const list = found.querySelector("ul") || found.appendChild(document.createElement("ul"));
    list.className = "picker-answers";
    const label = document.createElement("label");
    const radio = Object.assign(document.createElement("input"), { type: "radio", name: kept.name, value: kept.value });
    const said = Object.assign(document.createElement("span"), { textContent: kept.label });
    label.className = "picker-answer";
    radio.className = "form-check-input";
    label.append(radio, " ", said);
    list.appendChild(document.createElement("li")).append(label);
    return radio;
  }
  function setBox(form, boxes, kept) {
    const box = boxes.find((each) => each.value === kept.value) || (kept.checked && kept.value && addAnswer(form, kept));
    if (box) box.checked = kept.checked;
    return Boolean(box) || !kept.checked;
  }
  function setChoice(select, kept) {
    for (const [value, label] of kept.options) {
      // Django's admin fetches the options of some selects during typing.
      const fetched = select.matches(".admin-autocomplete") && ![...select.options].some((option) => option.value === value);
      if (fetched) select.add(new Option(label, value));
    }
    for (const option of select.options) option.selected = kept.options.some(([value]) => value === option.value);
    return kept.options.every(([value]) => [...select.options].some((option) => option.value === value));
  }
  function setText(field, kept) {
    field.value = kept.value;
    if (field.value !== kept.value && field.type === "date") {
      field.type = "text"; // as the server does for an invalid date
      field.value = kept.value;
    }
    return true;
  }
  function giveBack(form, kept) {
    const found = [...form.elements].filter((field) => field.name === kept.name && field.type === kept.type);
    if ("checked" in kept) return setBox(form, found, kept);
    const field = found[0] || [...form.elements].find((each) => each.name === kept.name && kept.type !== "hidden");
    if (!field) return kept.type === "hidden" || !kept.value;
    return kept.options && field.options ? setChoice(field, kept) : setText(field, kept);
  }

  const titled = (label) => (/[:?.!]$/.test(label) ? label : `${label}:`);
  function showUnplaced(unplaced, why) {
    const note = document.getElementById("given-back");
    if (!note) return;
    for (const said of note.querySelectorAll("[data-why]")) said.hidden = said.dataset.why !== why;
    const rest = note.querySelector("div");
    const list = rest.querySelector("ul") || rest.appendChild(document.createElement("ul"));
    for (const kept of unplaced) {
      const said = (kept.options || []).map(([, label]) => label).join(", ") || kept.value;
      list.appendChild(document.createElement("li")).textContent = kept.label ? `${titled(kept.label)} ${said}` : said;
    }
    rest.hidden = !list.children.length;
    note.hidden = false;
    note.scrollIntoView({ block: "nearest" });
  }

  const shown = (form) => JSON.stringify([...form.elements].filter(isKept).map(entry).filter((each) => each.type !== "hidden"));
  function restore(form, key) {
    const fresh = shown(form);
    const { fields, lost } = read(key);
    const unplaced = fields.filter((kept) => !giveBack(form, kept));
    drop(key);
    if (shown(form) === fresh && !unplaced.length) return; // nothing was typed into this form
    if (form.matches("[data-guard]")) form.dataset.guard = "dirty";
    showUnplaced(unplaced, lost === "reload" ? "reload" : "signed-out");
    askAgain(form);
  }

  // Fetches the answers for the text of a picker, which a new page lacks. htmx is ready after DOMContentLoaded.
  function askAgain(form) {
    document.addEventListener("DOMContentLoaded", () => {
      for (const input of form.querySelectorAll(".picker-find input")) {
        if (input.value) window.htmx?.trigger(input, "search");
      }
    });
  }

  // Keeps the entries if the response is the sign-in page or says that the form is out of date.
  function markLost(page) {
    const all = keys().map((key) => [key, read(key)]);
    all.forEach(([key, kept]) => write(key, { ...kept, lost: true }));
    const last = all.map(([, kept]) => kept).sort((one, other) => other.at - one.at)[0];
    if (!last) return;
    const next = page.querySelector("input[name=next]");
    if (next) next.value = last.page;
    for (const said of page.querySelectorAll("[data-typed-kept]")) said.hidden = false;
    for (const said of page.querySelectorAll("[data-typed-not-kept]")) said.hidden = true;
    for (const link of page.querySelectorAll("a[data-typed-page]")) link.href = last.page;
  }

  const page = document.querySelector("[data-keeps-typed]");
  if (user) keys().filter((key) => !key.startsWith(ours())).forEach(drop);
  if (page) {
    markLost(page);
  } else if (user) {
    keys().filter((key) => !read(key).lost).forEach(drop);
    for (const form of forms()) if (keys().includes(keyOf(form))) restore(form, keyOf(form));
    // A page that was opened again may have lost a form, for example that of the stage that was left.
    for (const key of keys().filter((each) => read(each).lost === "reload")) {
      const unplaced = read(key).fields.filter((kept) => kept.type !== "hidden" && kept.value);
      drop(key);
      if (unplaced.length) showUnplaced(unplaced, "reload");
    }
  }

  document.addEventListener("submit", (event) => {
    if (/\/logout\/$/.test(address(event.target))) keys().forEach(drop);
    else if (!event.defaultPrevented && forms().includes(event.target)) keep(event.target);
  });
  // Links in the banners lead to another page: stores the entries first.
  document.addEventListener("click", (event) => {
    const again = event.target.closest("a[data-reload]");
    if (again) {
      again.href = location.pathname + location.search;
      forms().forEach(keepTyped);
      document.documentElement.dataset.kept = "";
    }
    const link = event.target.closest("a[data-keep-typed]");
    if (!link) return;
    const here = location.pathname + location.search;
    link.href = link.dataset.keepTyped ? `${link.dataset.keepTyped}?next=${encodeURIComponent(here)}` : here;
    forms().forEach((form) => keep(form, true));
    document.documentElement.dataset.kept = ""; // so that js/unsaved.js does not ask
  });
})();
