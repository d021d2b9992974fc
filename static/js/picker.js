"use strict";

// Pickers fetch their answers through htmx. This file makes Enter and the Find button fetch at once instead of sending
// the form, and the arrow down moves to the answers. Without JavaScript the Find button sends the form.
(() => {
  if (!window.htmx) return;

  const pickerField = (element) => element.closest(".picker").querySelector(".picker-find input");

  htmx.onLoad((content) => {
    for (const button of content.querySelectorAll(".picker-find button")) button.type = "button";
    // The browser need not suggest texts. Set by script: in the HTML, "off" would stop Back from restoring the text.
    for (const input of content.querySelectorAll(".picker-find input")) input.autocomplete = "off";
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest(".picker-find button");
    if (button) htmx.trigger(pickerField(button), "search");
  });

  // Aborts a request that was sent before this choice, because its response would undo the choice.
  document.addEventListener("change", (event) => {
    if (event.target.matches(".picker-answer input")) htmx.trigger(pickerField(event.target), "htmx:abort");
  });

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || !event.target.matches(".picker-find input")) return;
    if (event.key === "Enter") {
      event.preventDefault();
      htmx.trigger(event.target, "search");
    } else if (event.key === "ArrowDown") {
      const answer = event.target.closest(".picker").querySelector(".picker-answer input");
      if (!answer) return;
      event.preventDefault();
      answer.focus();
    }
  });
})();
