// Select2, with which the admin finds rows, names its control after the value alone. This names it after its label too.
(() => {
  const $ = django.jQuery;
  const labelOf = select => document.querySelector(`label[for="${CSS.escape(select.id)}"]`);

  const name = select => {
    const label = labelOf(select);
    const control = select.parentElement.querySelector(".select2-selection");
    if (!label || !control) return;
    label.id = label.id || `${select.id}_label`;
    const value = control.querySelector(".select2-selection__rendered");
    control.setAttribute("aria-labelledby", `${label.id} ${value.id}`);
    value.setAttribute("aria-labelledby", label.id);
  };
  const nameAll = within => within.querySelectorAll(".admin-autocomplete.select2-hidden-accessible").forEach(name);

  $(() => nameAll(document));
  document.addEventListener("formset:added", event => nameAll(event.target));
  $(document).on("select2:open", event => {
    const control = event.target.parentElement.querySelector(".select2-selection");
    control.setAttribute("aria-controls", control.getAttribute("aria-owns"));
    const label = labelOf(event.target);
    const field = document.querySelector(".select2-container--open .select2-search__field");
    if (label && field) field.setAttribute("aria-label", label.textContent.trim());
  });
})();
