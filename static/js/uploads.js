// Takes files that are dropped on the form that uploads, and shows how far they are.
(() => {
  "use strict";
  const formOf = (event) => event.target.closest?.("[data-uploads]");
  const inputOf = (form) => form.querySelector("input[type=file]");
  const progressOf = (form) => form.querySelector("progress");
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

  const offer = () => document.querySelectorAll("[data-uploads] [data-drop-hint]").forEach((hint) => { hint.hidden = false; });
  document.addEventListener("DOMContentLoaded", offer);
  document.addEventListener("htmx:afterSettle", offer);

  // A file that is dropped beside the form would replace the page.
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event) || !document.querySelector("[data-uploads]")) return;
    event.preventDefault();
    const form = formOf(event);
    event.dataTransfer.dropEffect = form ? "copy" : "none";
    document.querySelectorAll("[data-uploads].is-over").forEach((each) => { if (each !== form) each.classList.remove("is-over"); });
    form?.classList.add("is-over");
  });
  document.addEventListener("dragleave", (event) => {
    const form = formOf(event);
    if (form && !form.contains(event.relatedTarget)) form.classList.remove("is-over");
  });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event) || !document.querySelector("[data-uploads]")) return;
    event.preventDefault();
    const form = formOf(event);
    if (!form) return;
    form.classList.remove("is-over");
    const input = inputOf(form);
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    form.requestSubmit();
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = formOf(event);
    if (form) progressOf(form).hidden = false;
  });
  document.addEventListener("htmx:xhr:progress", (event) => {
    const form = formOf(event);
    if (form && event.detail.lengthComputable) progressOf(form).value = Math.round(100 * event.detail.loaded / event.detail.total);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = formOf(event);
    if (form) progressOf(form).hidden = true;
  });
})();
