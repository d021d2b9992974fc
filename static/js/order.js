// ↑ and ↓ beside the rows of a list in the admin: swap a row with the one beside it and write the numbers anew.
// Without this script the numbers are typed.
(() => {
  const rowsBeside = row => [...row.parentElement.querySelectorAll(":scope > [data-row]:not(.empty-form)")];

  document.querySelectorAll("[data-move]").forEach(button => { button.hidden = false; });

  document.addEventListener("click", event => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const row = button.closest("[data-row]");
    const rows = rowsBeside(row);
    const other = rows[rows.indexOf(row) + Number(button.dataset.move)];
    if (!other) return;
    if (button.dataset.move === "1") other.after(row);
    else other.before(row);
    const moved = rowsBeside(row);
    moved.forEach((each, index) => {
      const order = each.querySelector("input[name$='-order']");
      if (order) order.value = index + 1;
    });
    button.focus();
    const status = row.closest(".inline-group").querySelector("[data-moved]");
    status.textContent = status.dataset.moved.replace("{number}", moved.indexOf(row) + 1).replace("{count}", moved.length);
  });
})();
