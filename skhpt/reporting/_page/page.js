"use strict";
// Without this script the table is there, in the order of ranks.
const table = document.getElementById("candidates-table");
if (table) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];

  const compare = (a, b) => {
    if (a.dataset.key && b.dataset.key) return Number(a.dataset.key) - Number(b.dataset.key);
    if (a.dataset.key || b.dataset.key) return a.dataset.key ? -1 : 1; // numbers before text
    return a.textContent.localeCompare(b.textContent);
  };

  const sort = (place) => {
    const sign = heads[place].getAttribute("aria-sort") === "ascending" ? -1 : 1;
    rows.sort((a, b) => {
      const [left, right] = [a.cells[place], b.cells[place]];
      const [no, none] = [left.textContent === "", right.textContent === ""];
      return no || none ? no - none : sign * compare(left, right); // what is missing comes last either way
    });
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    heads[place].setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
    body.append(...rows);
  };

  heads.forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => sort(place));
    head.replaceChildren(button);
  });

  const texts = new Map(rows.map((row) => [row, [...row.cells].map((cell) => cell.textContent.toLowerCase()).join(" ")]));
  const filter = document.getElementById("filter");
  const show = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) row.hidden = !words.every((word) => texts.get(row).includes(word));
    const count = rows.filter((row) => !row.hidden).length;
    document.getElementById("filter-count").textContent = words.length ? `${count} of ${rows.length} rows` : "";
  };
  filter.addEventListener("input", show);
  filter.parentElement.hidden = false;
  table.querySelector(".hint").hidden = false;
  show(); // a browser may have kept what was typed before
}
