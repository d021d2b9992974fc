// Cards that are dragged from lane to lane, and onto Won or Lost. A drop posts what “Move to …” posts: js/board.js.
(() => {
  "use strict";
  const board = () => document.getElementById("board");
  const ends = () => document.getElementById("ends");
  const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  let origin = null; // where the card was

  function hold({ item }) {
    origin = { from: item.parentElement, next: item.nextElementSibling };
    board().classList.add("is-holding");
    ends().hidden = false;
    const held = item.querySelector("[data-open]").firstChild.textContent.trim();
    document.getElementById("announcer").textContent = board().dataset.held.replace("{name}", held);
  }
  function drop({ item, to }) {
    board().classList.remove("is-holding");
    const end = to.closest(".end-zone");
    ends().hidden = true;
    if (end) {
      origin.from.insertBefore(item, origin.next);
      location.assign(`${board().dataset.close.replace("/0/", `/${item.id.slice(1)}/`)}?outcome=${end.dataset.outcome}`);
    } else if (to !== origin.from) {
      const detail = { to: to.closest(".lane").dataset.stage, origin };
      item.dispatchEvent(new CustomEvent("board:move", { bubbles: true, detail }));
    }
  }

  // SortableJS is loaded when the pointer comes to the board, or at once where a finger is the pointer.
  let loading = false;
  function load() {
    if (loading || !board()?.dataset.sortable) return;
    loading = true;
    const script = document.createElement("script");
    script.src = board().dataset.sortable;
    script.addEventListener("load", start);
    script.addEventListener("error", () => { loading = false; });
    document.head.append(script);
  }

  const made = new WeakSet();
  function start() {
    if (!window.Sortable || !board()?.dataset.moves) return;
    const shared = { group: "deals", sort: false, animation: isCalm() ? 0 : 120 };
    for (const list of document.querySelectorAll("[data-deals], [data-end]")) {
      if (made.has(list)) continue;
      made.add(list);
      window.Sortable.create(list, {
        ...shared,
        draggable: ".deal",
        filter: ".is-open, .is-moving", // a form is used, not dragged
        preventOnFilter: false,
        forceFallback: true, // the same in every browser
        fallbackOnBody: true,
        fallbackTolerance: 5, // a click is a click
        delay: 250, // on a touch screen a card is held before it is dragged
        delayOnTouchOnly: true,
        touchStartThreshold: 5,
        emptyInsertThreshold: 40,
        scrollSensitivity: 60,
        onStart: hold,
        onEnd: drop,
      });
    }
  }
  document.addEventListener("pointerover", (event) => { if (!loading && event.target.closest?.("#board")) load(); });
  document.addEventListener("DOMContentLoaded", () => { if (matchMedia("(pointer: coarse)").matches) load(); });
  document.addEventListener("htmx:afterSettle", start);
})();
