"use strict";

// Makes each picker a combobox: the answers to the text, which htmx fetches during typing, are a list below it. The first
// match is highlighted, Enter takes the highlighted answer, the arrows move, Escape closes, Tab keeps the text as it is.
// The radio buttons stay in the form, hidden, so that it sends the same names. Without JavaScript they are what one sees.
(() => {
  if (!window.htmx) return;

  const pickerOf = (element) => element.closest(".picker");
  const fieldOf = (picker) => picker.querySelector(".picker-find input");
  const foundOf = (picker) => picker.querySelector(".picker-found");
  const optionsOf = (picker) => [...picker.querySelectorAll(".picker-answers > li")];
  const radioOf = (option) => option.querySelector("input");
  const checkedIn = (picker) => picker.querySelector(".picker-answer input:checked");
  const activeIn = (picker) => picker.querySelector("[role=option][aria-selected=true]");
  const nameOf = (option) => {
    const said = option.querySelector(".picker-answer > span").cloneNode(true);
    said.querySelector("small")?.remove();
    return said.textContent.trim();
  };
  const shownAs = (picker, option) => (radioOf(option).value === "new" ? fieldOf(picker).value.trim() : nameOf(option));
  const isOpen = (picker) => picker.classList.contains("is-open");
  const settledOf = (picker) => picker.querySelector(".picker-settled");

  // The roles of a combobox. The list has its own, because every response replaces it.
  function prepare(picker) {
    const field = fieldOf(picker);
    picker.classList.add("is-combobox");
    picker.querySelector(".picker-find button").type = "button";
    // The browser need not suggest texts. Set by script: in the HTML, "off" would stop Back from restoring the text.
    field.autocomplete = "off";
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-expanded", "false");
    prepareList(picker);
  }
  function prepareList(picker) {
    const list = picker.querySelector(".picker-answers");
    const field = fieldOf(picker);
    field.removeAttribute("aria-activedescendant");
    field.removeAttribute("aria-controls");
    if (!list) return;
    list.id = `${field.id}-list`;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", picker.querySelector(".picker-found > legend")?.textContent || "");
    field.setAttribute("aria-controls", list.id);
    optionsOf(picker).forEach((option, place) => {
      option.id = `${list.id}-${place}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      radioOf(option).hidden = true;
    });
  }

  function highlight(picker, option) {
    activeIn(picker)?.setAttribute("aria-selected", "false");
    if (!option) return fieldOf(picker).removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    fieldOf(picker).setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }
  function show(picker) {
    const options = optionsOf(picker);
    if (!options.length) return close(picker);
    picker.classList.add("is-open");
    fieldOf(picker).setAttribute("aria-expanded", "true");
    // The first match; to create something only where nothing matches; nothing without a text.
    const match = options.find((option) => radioOf(option).value && radioOf(option).value !== "new");
    highlight(picker, fieldOf(picker).value.trim() ? match || options.at(-1) : options.find((option) => radioOf(option).checked));
  }
  function close(picker) {
    picker.classList.remove("is-open");
    fieldOf(picker).setAttribute("aria-expanded", "false");
    fieldOf(picker).removeAttribute("aria-activedescendant");
  }
  const asked = (picker) => picker.querySelector(".picker-found > input[type=hidden]");
  const isAnswered = (picker) => asked(picker)?.value.trim() === fieldOf(picker).value.trim() && optionsOf(picker).length > 0;
  function open(picker) {
    if (isAnswered(picker)) show(picker);
    else htmx.trigger(fieldOf(picker), "search");
  }

  // Takes an answer: checks its radio button, and shows its name as the text. A new name keeps the text that was typed.
  function choose(picker, option) {
    const [radio, field] = [radioOf(option), fieldOf(picker)];
    if (radio.value !== "new") field.value = radio.value ? nameOf(option) : "";
    if (asked(picker)) asked(picker).value = field.value;
    kept.delete(picker);
    radio.checked = true;
    close(picker);
    settle(picker, option);
    const said = picker.querySelector(".picker-said");
    said.textContent = picker.dataset.chosen.replace("{name}", () => shownAs(picker, option));
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function settle(picker, option) {
    const settled = settledOf(picker);
    if (!settled) return;
    const name = Object.assign(document.createElement("strong"), { textContent: shownAs(picker, option) });
    const detail = option.querySelector("small:not([data-why])")?.cloneNode(true); // not why it was probably meant
    settled.querySelector(".picker-chosen").replaceChildren(name, ...(detail ? [" ", detail] : []));
    settled.open = false;
    settled.querySelector("summary").focus();
  }

  // While a text is typed nothing is chosen: the form must not send a choice that the text does not show. What was
  // chosen comes back when the text is empty again.
  const kept = new WeakMap();
  function typed(picker) {
    const checked = checkedIn(picker);
    if (fieldOf(picker).value.trim()) {
      if (checked?.value && checked.value !== "new") kept.set(picker, checked.closest("li").cloneNode(true));
      if (checked) checked.checked = false;
    } else if (!checked) {
      restore(picker);
    }
  }
  function restore(picker) {
    const option = kept.get(picker);
    if (!option) return;
    const list = picker.querySelector(".picker-answers")
      || foundOf(picker).appendChild(Object.assign(document.createElement("ul"), { className: "picker-answers" }));
    const value = radioOf(option).value;
    const there = optionsOf(picker).find((each) => radioOf(each).value === value) || list.appendChild(option.cloneNode(true));
    radioOf(there).checked = true;
    prepareList(picker);
    kept.delete(picker);
  }

  htmx.onLoad((content) => {
    if (content.matches(".picker")) prepare(content);
    content.querySelectorAll(".picker").forEach(prepare);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (!event.target.matches?.(".picker-found")) return;
    const picker = pickerOf(event.target);
    prepareList(picker);
    if (document.activeElement === fieldOf(picker)) show(picker);
  });

  document.addEventListener("input", (event) => {
    if (!event.target.matches(".picker-find input")) return;
    close(pickerOf(event.target));
    typed(pickerOf(event.target));
  });
  // Aborts a request that was sent before this choice, because its response would undo the choice.
  document.addEventListener("change", (event) => {
    if (event.target.matches(".picker-answer input")) htmx.trigger(fieldOf(pickerOf(event.target)), "htmx:abort");
  });

  // The pointer leaves the focus in the text.
  document.addEventListener("mousedown", (event) => {
    if (event.target.closest(".picker.is-combobox .picker-found")) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const option = event.target.closest(".picker.is-combobox [role=option]");
    if (option) {
      event.preventDefault(); // the label would press the radio button a second time
      choose(pickerOf(option), option);
    } else if (event.target.matches(".picker-find input")) {
      const picker = pickerOf(event.target);
      if (!isOpen(picker) && !event.target.value) open(picker);
    }
  });
  document.addEventListener("focusin", (event) => {
    if (!event.target.matches(".picker-find input")) return;
    const picker = pickerOf(event.target);
    if (event.target.value && !checkedIn(picker) && isAnswered(picker)) show(picker);
  });
  document.addEventListener("focusout", (event) => {
    if (event.target.matches(".picker-find input")) close(pickerOf(event.target));
  });
  // "Change" leads to the text.
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches(".picker-settled") || !event.target.open) return;
    if (event.target.contains(document.activeElement)) fieldOf(pickerOf(event.target)).select();
    if (event.target.querySelector("summary") === document.activeElement) fieldOf(pickerOf(event.target)).focus();
  }, true);

  function step(picker, by) {
    if (!isOpen(picker)) return open(picker);
    const options = optionsOf(picker);
    const here = options.indexOf(activeIn(picker));
    const first = by > 0 ? 0 : options.length - 1;
    return highlight(picker, options[here < 0 ? first : (here + by + options.length) % options.length]);
  }
  function enter(picker) {
    const active = isOpen(picker) && activeIn(picker);
    if (active) choose(picker, active);
    else htmx.trigger(fieldOf(picker), "search");
  }
  function escape(picker, event) {
    if (isOpen(picker)) {
      event.preventDefault();
      close(picker);
    } else if (kept.has(picker)) {
      fieldOf(picker).value = "";
      restore(picker);
    }
  }
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || !event.target.matches(".picker-find input")) return;
    const picker = pickerOf(event.target);
    if (event.key === "Escape") return escape(picker, event);
    if (!["Enter", "ArrowDown", "ArrowUp"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "Enter") enter(picker);
    else step(picker, event.key === "ArrowDown" ? 1 : -1);
  });
})();
