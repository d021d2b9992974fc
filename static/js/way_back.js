// The way back from an opportunity leads to the list, or My day, as this tab showed it last. Without JavaScript, and in a
// new tab, it leads to the one that the browser showed last: opportunities/way_back.py.
(() => {
  "use strict";
  const user = document.querySelector("meta[name=user]")?.content;
  const key = `way back ${user}`;
  const reportKey = `report ${user}`;

  // The browser may refuse storage. Then the address of the server stays.
  function stored() {
    try {
      return JSON.parse(sessionStorage.getItem(key));
    } catch {
      return null;
    }
  }
  // The rows of the page, in their order. A row that an act takes away stays a neighbour.
  function rows() {
    return [...document.querySelectorAll("[data-row] a[data-open]")].map((link) => link.pathname);
  }
  function store() {
    const here = [...document.querySelectorAll(".nav-link-item")].find((link) => link.pathname === location.pathname);
    const label = here?.textContent.trim() || document.querySelector("h1[data-place]")?.dataset.place;
    if (!label) return;
    try {
      sessionStorage.setItem(key, JSON.stringify({ path: location.pathname, query: location.search, label, rows: rows() }));
    } catch { /* see above */ }
  }
  function lead() {
    const place = stored();
    for (const link of document.querySelectorAll("a[data-way-back]")) {
      if (!place || !link.dataset.wayBack.split(" ").includes(place.path)) continue;
      link.href = place.path + place.query;
      link.textContent = place.label;
    }
  }
  // Without a row there the link of the server stays, which reads the list again.
  function leadToNeighbours() {
    const place = stored();
    for (const links of place ? document.querySelectorAll("[data-neighbours]") : []) {
      links.hidden = links.dataset.neighbours !== place.path;
      const at = (place.rows || []).indexOf(location.pathname);
      for (const link of at < 0 ? [] : links.querySelectorAll("[data-neighbour]")) {
        link.href = place.rows[at + Number(link.dataset.neighbour)] || link.href;
      }
    }
  }
  // The list that a figure leads to has a link back to the report, as this tab showed it last.
  function leadToReport() {
    try {
      if (document.querySelector("h1[data-report]")) sessionStorage.setItem(reportKey, location.pathname + location.search);
      const seen = sessionStorage.getItem(reportKey) || "";
      for (const link of document.querySelectorAll("a[data-back-to-report]")) {
        if (seen.split("?")[0] === link.pathname) link.href = seen;
      }
    } catch { /* see above */ }
  }
  function update() {
    store();
    lead();
    leadToReport();
    leadToNeighbours();
  }
  if (user) for (const event of ["DOMContentLoaded", "htmx:afterSettle", "htmx:pushedIntoHistory"]) document.addEventListener(event, update);
})();
