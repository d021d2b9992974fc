// A filter that is empty is not in the address.
document.addEventListener("htmx:configRequest", (event) => {
  const { elt, parameters } = event.detail;
  if (!elt.matches("form[data-no-empty]")) return;
  for (const [name, value] of [...parameters.entries()]) if (!value) parameters.delete(name);
});
