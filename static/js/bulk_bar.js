// The boxes of the list: the one in the head ticks all rows of the page, and the bar above says how many are ticked.
(() => {
  "use strict";
  const boxes = () => [...document.querySelectorAll('input[name="ticked"][form="bulk"]')];
  const head = () => document.getElementById("tick-all");

  function show() {
    const which = document.getElementById("bulk-which");
    if (!which || !head()) return;
    const all = boxes();
    const count = all.filter((box) => box.checked).length;
    head().hidden = false;
    head().checked = count > 0 && count === all.length;
    head().indeterminate = count > 0 && count < all.length;
    const option = which.querySelector('[value="ticked"]');
    option.dataset.none ??= option.textContent;
    const { one, many } = which.dataset;
    option.textContent = count === 0 ? option.dataset.none : count === 1 ? one : many.replace("{count}", count);
    if (count) which.value = "ticked";
    which.form.classList.toggle("is-used", count > 0);
  }

  document.addEventListener("change", (event) => {
    if (event.target === head()) for (const box of boxes()) box.checked = head().checked;
    if (event.target === head() || event.target.name === "ticked") show();
  });
  document.addEventListener("htmx:afterSettle", show);
  window.addEventListener("pageshow", show); // a page that comes back has its ticks
  document.addEventListener("DOMContentLoaded", show);
})();
