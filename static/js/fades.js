// A page whose link is clicked is there at once. Only the answer to a form fades in (@view-transition in salesflow.css):
// the fade begins with a picture of the old page, which takes longer than a page that was fetched in advance.
(() => {
  "use strict";
  let clicked = null;
  document.addEventListener("click", (event) => { clicked = event.target.closest?.("a[href]")?.href; }, true);
  window.addEventListener("pageswap", (event) => {
    if (clicked && event.activation?.entry.url === clicked) event.viewTransition?.skipTransition();
  });
})();
