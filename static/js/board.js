// The board: puts the cards of an answer into their lanes, opens “Move to …”, moves by keys, and asks every few seconds
// what others changed. js/board_drag.js moves by the mouse. Without JavaScript every card has a page with the same form.
(() => {
  "use strict";
  const EVERY = 10000; // milliseconds; the moves of others appear within 15 seconds
  const board = () => document.getElementById("board");
  const announce = (text) => { document.getElementById("announcer").textContent = text; };
  const name = (card) => card.querySelector("[data-open]").firstChild.textContent.trim();
  const lane = (card) => card.closest(".lane");
  const pk = (card) => card.id.slice(1);
  const address = (card, kind) => board().dataset[kind].replace("/0/", `/${pk(card)}/`);

  // Moves

  let sent = null; // the card that is being moved, and where it was
  function send(card, to, origin = { from: card.parentElement, next: card.nextElementSibling }) {
    const values = { to, from_stage: origin.from.closest(".lane").dataset.stage, page_version: card.dataset.v };
    sent = { card, to, ...origin };
    card.classList.add("is-moving");
    const done = window.htmx.ajax("POST", address(card, "moves"), { source: card, target: card, swap: "none", values });
    const end = () => { putBack(card); sent = null; };
    done.then(end, end);
  }
  // A card that was not moved goes back to where it was. A move has replaced it by then.
  function putBack(card) {
    card.classList.remove("is-moving");
    if (!card.isConnected || !sent || sent.card !== card || card.parentElement === sent.from) return;
    sent.from.insertBefore(card, sent.next?.isConnected ? sent.next : null);
    announce(board().dataset.back.replace("{name}", name(card)).replace("{lane}", lane(card).querySelector("h2").firstChild.textContent.trim()));
  }
  document.addEventListener("board:move", (event) => send(event.target, event.detail.to, event.detail.origin));

  const open = (card, href) => window.htmx.ajax("GET", href, { source: card, target: card, swap: "none" });
  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || !board()) return;
    const card = event.target.closest(".deal");
    const control = event.target.closest("[data-next], [data-to], [data-closes]");
    if (!card || !control || !board().contains(card)) return;
    event.preventDefault();
    if (control.matches("[data-next]")) send(card, lane(card).dataset.onward);
    else open(card, control.matches("[data-to]") && card.querySelector(".need") ? `${address(card, "card")}?closed=1` : control.href);
  });

  // Answers

  const MOVE = "move", SHOW = "show", CHANGES = "changes";
  let answer = SHOW; // what the answer that is being swapped is
  let used = ""; // the id of the card on which the user acted last: a button that is disabled while it is sent loses the focus
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    used = (detail.elt.closest("#board .deal") || detail.elt.closest("#toasts") && detail.target)?.id || "";
  });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (!board()) return;
    const isPost = detail.requestConfig?.verb === "post";
    answer = isPost && detail.xhr.status === 200 ? MOVE : SHOW;
    if (isPost && detail.xhr.status >= 400 && sent) putBack(sent.card);
  });
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    if (event.detail.target.id === "arrivals") for (const card of [...document.getElementById("arrivals").children]) place(card);
    if (event.detail.target.id === "departures") document.getElementById("departures").dataset.ids.split(" ").forEach(remove);
  });

  function place(card) {
    const old = board().querySelector(`.deals > #${card.id}`);
    const cards = document.getElementById(`lane-${card.dataset.lane}`)?.querySelector("[data-deals]");
    if (!cards) return read();
    const isThere = old?.parentElement === cards;
    if (answer === CHANGES && isThere && old.dataset.v === card.dataset.v) return card.remove();
    const focus = document.activeElement;
    const isLost = used === card.id && answer !== CHANGES && (focus === document.body || focus?.closest("#toasts"));
    const hadFocus = isLost || old?.contains(document.activeElement);
    const was = document.activeElement?.matches?.("[data-to]") ? "[data-to]" : "[data-open]";
    if (isThere && (answer !== MOVE || card.dataset.at === "")) old.replaceWith(card);
    else {
      old?.remove();
      cards.insertBefore(card, (card.dataset.at && cards.children[Number(card.dataset.at)]) || cards.querySelector(".more"));
    }
    window.htmx.process(card); // htmx looks for forms where it put the card
    if (answer !== CHANGES && card.matches(".is-open")) focusOpen(card);
    else if (hadFocus) card.querySelector(was).focus({ preventScroll: true });
    return undefined;
  }
  function focusOpen(card) {
    const first = card.querySelector("[data-error-summary], [data-focus]") || card.querySelector(".need a, .need button");
    first.focus({ preventScroll: true });
    const need = card.querySelector(".need"); // all of it comes into view, or, if it is too long, its beginning
    need.scrollIntoView({ block: need.offsetHeight < window.innerHeight - 48 ? "nearest" : "start", inline: "nearest" });
  }
  function remove(id) {
    const card = id && board().querySelector(`.deals > #${id}`);
    if (!card) return;
    const next = card.contains(document.activeElement) && (card.nextElementSibling || card.previousElementSibling);
    card.remove();
    if (next) (next.querySelector("[data-open], a") || board()).focus({ preventScroll: true });
  }
  // The whole board again, as after a change of the filters.
  const read = () => window.htmx.trigger(document.querySelector("form.filter-bar"), "submit");

  // “Show more” of a lane. The first cards that follow come by themselves when the end of the lane comes into view.
  // A lane that lost or got cards since asks from an earlier place on: what it has already is not shown twice.
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    const more = detail.elt.closest?.("#board .more");
    if (more) detail.parameters.after = cardsOf(lane(more)).filter((card) => !card.dataset.lane).length;
  });
  let last = null; // the card above the link, if the link had the focus
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target.matches(".more")) last = detail.target.contains(document.activeElement) ? detail.target.previousElementSibling : null;
  });
  document.addEventListener("htmx:afterSwap", () => {
    const seen = new Set();
    for (const card of board()?.querySelectorAll(".deals > .deal") || []) {
      if (seen.has(card.id)) card.remove();
      seen.add(card.id);
    }
    focusCard(last?.nextElementSibling);
    last = null;
  });

  // Keys: the arrows go from card to card, Enter opens, m opens “Move to …”, Escape closes what is open on a card.

  const focusCard = (card) => {
    card?.querySelector("[data-open]").focus({ preventScroll: true });
    card?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  const cardsOf = (section) => [...section.querySelectorAll(".deals > .deal")];
  function beside(card, by) {
    const lanes = [...board().querySelectorAll(".lane")];
    const at = cardsOf(lane(card)).indexOf(card);
    for (let here = lanes.indexOf(lane(card)) + by; lanes[here]; here += by) {
      const cards = cardsOf(lanes[here]);
      if (cards.length) return cards[Math.min(at, cards.length - 1)];
    }
    return null;
  }
  const along = (elements, element, by) => elements[elements.indexOf(element) + by];
  document.addEventListener("keydown", (event) => {
    const card = event.target.closest?.("#board .deal");
    if (!card || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const item = event.target.closest(".moves .menu-item");
    const up = { ArrowUp: -1, ArrowDown: 1 }[event.key], side = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape" && card.querySelector(".need")) open(card, `${address(card, "card")}?closed=1`);
    else if (event.target.closest("input, textarea, select, summary")) return;
    else if (item && up) along([...card.querySelectorAll(".moves .menu-item")], item, up)?.focus();
    else if (up) focusCard(along(cardsOf(lane(card)), card, up));
    else if (side) focusCard(beside(card, side));
    else if (event.key === "m") card.querySelector("[data-to]")?.click();
    else return;
    event.preventDefault();
  });

  // What others changed. Nothing changes while a card is held or something is open on a card.

  let since = "", known = "", of = null, timer = 0;
  const isBusy = () => Boolean(sent || board().matches(".is-holding") || board().querySelector(".deal.is-open"));
  function plan() {
    clearTimeout(timer);
    if (of !== board()) [of, since, known] = [board(), board()?.dataset.since || "", ""];
    if (of && document.visibilityState === "visible") timer = setTimeout(ask, EVERY);
  }
  async function ask() {
    if (!board() || document.visibilityState !== "visible") return;
    if (!isBusy()) await look().catch(() => {}); // no connection: asks again
    plan();
  }
  async function look() {
    const headers = { "HX-Request": "true", "HX-Current-URL": location.href, "x-requested-with": "live" };
    const query = new URLSearchParams({ since, known });
    const response = await fetch(`${board().dataset.changes}?${query}`, { redirect: "manual", headers });
    if (![200, 204, 205].includes(response.status) || response.type === "opaqueredirect") return;
    const html = response.status === 200 ? await response.text() : "";
    if (isBusy()) return; // asks again for the same later
    [since, known] = [response.headers.get("x-since"), response.headers.get("x-known")];
    answer = CHANGES;
    if (response.status === 205) read();
    else if (html) window.htmx.swap("#board", html, { swapStyle: "none" }, { eventInfo: { target: board() } });
  }
  for (const event of ["DOMContentLoaded", "htmx:afterSettle"]) document.addEventListener(event, () => { if (of !== board()) plan(); });
  document.addEventListener("visibilitychange", ask);
})();
