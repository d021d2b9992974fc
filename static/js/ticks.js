// A box that ticks all boxes of its group: [data-ticks] has one [data-ticks-all], and boxes named "ticked".
// Its value is how many rows the group has: if there are more on other pages, only a press on the box itself ticks it.
(() => {
  "use strict";
  function ticked(group) {
    const all = group.querySelector("[data-ticks-all]");
    const boxes = [...group.querySelectorAll("[name=ticked]")];
    const some = boxes.filter((box) => box.checked).length;
    return { all, boxes, some };
  }

  function showTicks(group) {
    const { all, boxes, some } = ticked(group);
    const isWhole = boxes.length === Number(all.dataset.ticksAll);
    if (some < boxes.length) all.checked = false;
    else if (isWhole) all.checked = true;
    all.indeterminate = some > 0 && !all.checked;
  }

  document.addEventListener("change", (event) => {
    const group = event.target.closest("[data-ticks]");
    if (!group) return;
    const { all, boxes } = ticked(group);
    if (event.target === all) for (const box of boxes) box.checked = all.checked;
    showTicks(group);
  });

  for (const group of document.querySelectorAll("[data-ticks]")) showTicks(group);
})();
