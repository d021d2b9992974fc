// A text of the list that its column cuts is shown in full while the pointer rests on it. Where no script runs, it wraps.
(() => {
  "use strict";
  const isCut = (text) => text.scrollWidth > text.clientWidth || text.scrollHeight > text.clientHeight + 1;
  document.addEventListener("pointerover", (event) => {
    const text = event.target.closest?.(".list-name > a, .list-name > .sub, .list-next > *");
    if (text && !text.title && isCut(text)) text.title = text.innerText;
  });
})();
