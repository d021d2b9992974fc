// Answers that save themselves: says "Saving…" when it takes long, tries again when the server does not answer.
(() => {
  "use strict";
  const SLOW = 400; // milliseconds before "Saving…" is said
  const AGAIN = 4000; // milliseconds before it is tried again
  const timers = new WeakMap();
  // A step saves itself; some of its buttons save it, too. Its picker only reads.
  function step(event) {
    const { elt, requestConfig } = event.detail;
    return requestConfig?.verb === "post" ? elt.closest?.(".step[hx-post]") : null;
  }

  function say(form, text, isWrong) {
    const line = document.getElementById("saved");
    if (!line || !text) return;
    line.textContent = text;
    line.classList.toggle("is-wrong", isWrong);
  }

  // The text field of a picker asks for answers; it is no answer itself.
  document.addEventListener("change", (event) => {
    if (event.target.closest?.(".picker-find") && event.target.matches("input")) event.stopPropagation();
  }, true);

  // The steps with a change whose save has not ended. `data-saving-answers` on their form is for js/unsaved.js.
  const unsettled = new Set();
  function settle(saving) {
    unsettled.delete(saving);
    const form = saving.closest("form");
    if (form && ![...unsettled].some((each) => form.contains(each))) form.removeAttribute("data-saving-answers");
    document.dispatchEvent(new CustomEvent("answers-settled"));
  }
  document.addEventListener("change", (event) => {
    const saving = event.target.closest?.(".step[hx-post]");
    if (!saving) return;
    unsettled.add(saving);
    saving.closest("form").setAttribute("data-saving-answers", "");
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    const saving = step(event);
    if (!saving) return;
    const form = saving.closest("form");
    clearTimeout(timers.get(saving));
    timers.set(saving, setTimeout(() => say(form, form.dataset.saving, false), SLOW));
  });

  // Whether the field contains what was sent. It may have been changed while the answer was on its way.
  function wasSent(field, sent) {
    if (field.type === "checkbox" || field.type === "radio") return sent.getAll(field.name).includes(field.value) === field.checked;
    return sent.get(field.name) === field.value;
  }

  // What is saved is no longer unsaved: see js/unsaved.js.
  document.addEventListener("htmx:afterRequest", (event) => {
    const saving = step(event);
    if (!saving) return;
    clearTimeout(timers.get(saving));
    if (isSignInPage(event.detail.xhr)) return saySignedOut(saving.closest("form"));
    show(saving, event.detail.xhr);
    if (event.detail.failed && ![409, 422].includes(event.detail.xhr?.status) && event.detail.xhr?.status) {
      say(saving.closest("form"), saving.closest("form").dataset.unsaved, true);
    }
    if (!event.detail.successful) return;
    for (const field of saving.querySelectorAll("input, select, textarea")) {
      if (!wasSent(field, event.detail.requestConfig.formData)) continue;
      if ("defaultChecked" in field) field.defaultChecked = field.checked;
      if (field.options) for (const option of field.options) option.defaultSelected = option.selected;
      else if (field.type !== "checkbox" && field.type !== "radio") field.defaultValue = field.value;
      field.dispatchEvent(new CustomEvent("answer-saved", { bubbles: true }));
    }
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    const saving = step(event);
    if (saving) settle(saving);
  });

  // The session has ended: the answer is the sign-in page. js/kept.js keeps what was typed when the link is followed.
  const isSignInPage = (xhr) => /id="entrance"/.test(xhr?.responseText || "");
  function saySignedOut(form) {
    const link = document.createElement("a");
    link.href = link.dataset.keepTyped = form.dataset.login;
    link.textContent = form.dataset.signIn;
    say(form, form.dataset.signedOut, true);
    document.getElementById("saved")?.append(" ", link);
  }

  // The summary of a refused move lists what is left: an answered step leaves it. One step that is left has its link
  // beside the main button.
  function shorten(saving) {
    const summary = document.getElementById("left-summary");
    const link = summary?.querySelector(`a[href="#${saving.id.replace("div_id_", "id_")}"]`);
    if (!link || saving.querySelector(".invalid-feedback") || !saving.matches(".is-met")) return;
    link.closest("li").remove();
    const left = summary.querySelectorAll("li").length;
    if (left < 2) return summary.remove();
    const title = summary.querySelector("h2");
    title.textContent = title.textContent.replace(/\d+/, left);
  }

  // Marks the step as its answer says: what it says is replaced, the step itself is not.
  function show(saving, xhr) {
    if (!xhr || ![200, 409, 422].includes(xhr.status)) return;
    const isChoice = Boolean(saving.querySelector(".both"));
    const isRefused = Boolean(saving.querySelector(".invalid-feedback"));
    saving.classList.toggle("is-choice", isChoice);
    saving.classList.toggle("is-refused", isRefused);
    const mark = saving.querySelector(".step-mark");
    if (mark) saving.classList.toggle("is-met", mark.matches(".is-met"));
    else saving.classList.toggle("is-met", Boolean(saving.querySelector(".step-box input:checked")));
    shorten(saving);
    for (const field of saving.querySelectorAll("input, select, textarea")) {
      if (field.type === "hidden" || field.closest(".both")) continue;
      field.classList.toggle("is-invalid", isRefused);
      if (isRefused) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
  }

  function again(event) {
    const saving = step(event);
    if (!saving) return;
    const form = saving.closest("form");
    say(form, form.dataset.again, true);
    timers.set(saving, setTimeout(() => window.htmx.trigger(saving, "change"), AGAIN));
  }
  document.addEventListener("htmx:sendError", again);
  document.addEventListener("htmx:timeout", again);
})();
