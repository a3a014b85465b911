"use strict";
/* The page is complete without this: it adds sorting, filtering, copying, and unfolding all at once. */
(() => {
  const table = document.getElementById("findings");
  const copied = async (button, pre) => {
    const text = pre.textContent;
    if (navigator.clipboard && window.isSecureContext) {
      await navigator.clipboard.writeText(text);
    } else {
      getSelection().selectAllChildren(pre);
      document.execCommand("copy");
      getSelection().removeAllRanges();
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  };

  /* All details are open on paper. */
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const each of closed) each.open = true;
  });
  addEventListener("afterprint", () => {
    for (const each of closed) each.open = false;
    closed = [];
  });

  if (!table) return;
  const rows = [...table.tBodies].map((body, index) => ({ body, index, text: null }));
  const controls = document.getElementById("controls");
  const search = document.getElementById("search");
  const shown = document.getElementById("shown");
  const expand = document.getElementById("expand");
  const selects = [...controls.querySelectorAll("select")];
  controls.hidden = false;

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let visible = 0;
    for (const row of rows) {
      let match = selects.every((each) => !each.value || row.body.getAttribute(`data-${each.dataset.filter}`) === each.value);
      if (match && words.length) {
        row.text ??= row.body.textContent.toLowerCase();
        match = words.every((word) => row.text.includes(word));
      }
      row.body.hidden = !match;
      visible += match;
    }
    const all = rows.length.toLocaleString("en");
    shown.textContent = visible === rows.length ? `${all} shown` : `${visible.toLocaleString("en")} of ${all} shown`;
    document.getElementById("none").hidden = visible > 0;
  };

  /* The key of a row in a column; null (unknown) goes last either way. */
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const rank = { low: 0, medium: 1, high: 2 };
  const key = (row, column, kind) => {
    if (kind === "text") return row.body.rows[0].cells[column].firstChild.textContent;
    const value = row.body.getAttribute(`data-${kind}`);
    return kind === "c" ? rank[value] : value === "" ? null : Number(value);
  };
  const sort = (header, column) => {
    const kind = header.dataset.sort;
    const before = header.getAttribute("aria-sort");
    const order = before ? (before === "ascending" ? "descending" : "ascending") : kind === "text" ? "ascending" : "descending";
    for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", order);
    const sign = order === "ascending" ? 1 : -1;
    const keyed = rows.map((row) => ({ row, key: key(row, column, kind) }));
    keyed.sort((a, b) => {
      if (a.key === null || b.key === null) return (a.key === null) - (b.key === null) || a.row.index - b.row.index;
      return sign * (kind === "text" ? collator.compare(a.key, b.key) : a.key - b.key) || a.row.index - b.row.index;
    });
    const sorted = document.createDocumentFragment();
    for (const each of keyed) sorted.append(each.row.body);
    table.append(sorted);
  };
  [...table.tHead.rows[0].cells].forEach((header, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = header.textContent;
    button.addEventListener("click", () => sort(header, column));
    header.replaceChildren(button);
  });

  let waiting;
  search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 80); });
  for (const each of selects) each.addEventListener("change", filter);
  expand.addEventListener("click", () => {
    const open = expand.textContent === "Expand all";
    for (const row of rows) if (!row.body.hidden) row.body.querySelector("details").open = open;
    expand.textContent = open ? "Collapse all" : "Expand all";
  });

  /* Copy buttons come with the first unfolding, so that thousands of findings do not carry them. */
  table.addEventListener("toggle", (event) => {
    if (!event.target.open || event.target.querySelector(".copy")) return;
    for (const pre of event.target.querySelectorAll("pre")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.addEventListener("click", () => copied(button, pre));
      pre.before(button);
    }
  }, true);

  const follow = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (!target || target.tagName !== "TBODY") return;
    target.hidden = false;
    target.querySelector("details").open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", follow);
  filter();
  follow();
})();
