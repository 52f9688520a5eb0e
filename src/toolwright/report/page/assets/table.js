// A table to work with: sorted by a click on a heading, filtered, in pages; its state is in the address.
//
//   html`<${Table} label="epochs" rows=${epochs} columns=${[
//     { key: "epoch", title: "epoch", numeric: true },
//     { key: "decision", title: "decision", filter: true },                        one of its values by a select
//     { key: "mean", title: "mean", numeric: true, value: (row) => row.train?.mean, cell: (row) => share(row.train?.mean) },
//   ]} />`
//
// `value` is what is sorted and searched, by default row[key]; `cell` what is shown, by default the value as text.

const ROWS_A_PAGE = 50;
const MORE_THAN_A_LOOK = 8; // rows; fewer need no search

function valueIn(row, column) {
  return column.value ? column.value(row) : row[column.key];
}

function byValue(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

// Empty values come last, whichever way it is sorted; equal ones stay in the order they came in.
function sortedRows(rows, column, descending) {
  const empty = (value) => value === null || value === undefined || value === "";
  return rows.toSorted((one, other) => {
    const [a, b] = [valueIn(one, column), valueIn(other, column)];
    if (empty(a) || empty(b)) return Number(empty(a)) - Number(empty(b));
    return descending ? byValue(b, a) : byValue(a, b);
  });
}

// A table's part of the address: `NAME.sort` is a column's key, with "-" before it downwards; `NAME.KEY` a select's value.
function useTableState(label) {
  const { query } = useContext(Route);
  const name = label.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 30) || "table";
  const named = (changes) => Object.fromEntries(Object.entries(changes).map(([key, value]) => [`${name}.${key}`, value]));
  return { read: (key) => query[`${name}.${key}`] ?? "", write: (changes) => setQuery(named(changes)) };
}

function filteredRows(rows, columns, state) {
  const wanted = state.read("q").toLowerCase();
  const selects = columns.filter((column) => column.filter && state.read(column.key));
  return rows.filter(
    (row) =>
      selects.every((column) => String(valueIn(row, column)) === state.read(column.key)) &&
      (!wanted || columns.some((column) => String(valueIn(row, column) ?? "").toLowerCase().includes(wanted))),
  );
}

const SORT_SIGNS = { ascending: "▲", descending: "▼", none: "" };

function ColumnChoice({ column, rows, state }) {
  const values = new Set(rows.map((row) => String(valueIn(row, column) ?? "")));
  const title = visible(column.title);
  const choose = (event) => state.write({ [column.key]: event.currentTarget.value, page: "" });
  return html`<label>${title} ${" "}<select aria-label=${title} value=${state.read(column.key)} onChange=${choose}>
    <option value="">all</option>
    ${[...values].filter(Boolean).sort(byValue).map((value) => html`<option value=${value}>${visible(value)}</option>`)}
  </select></label>`;
}

function TableTools({ label, rows, columns, state, found }) {
  const selects = columns.filter((column) => column.filter);
  if (rows.length <= MORE_THAN_A_LOOK && !state.read("q") && !selects.some((column) => state.read(column.key))) return null;
  const find = (event) => state.write({ q: event.currentTarget.value, page: "" });
  return html`<div class="table-tools">
    <label>Find <input type="search" aria-label=${`find in ${label}`} value=${state.read("q")} onInput=${find} /></label>
    ${selects.map((column) => html`<${ColumnChoice} key=${column.key} column=${column} rows=${rows} state=${state} />`)}
    <span class="quiet" role="status">${found === rows.length ? `${countOf(found)} rows` : `${countOf(found)} of ${countOf(rows.length)} rows`}</span>
  </div>`;
}

function Heading({ column, sort, state }) {
  const direction = sort === column.key ? "ascending" : sort === `-${column.key}` ? "descending" : "none";
  const next = direction === "ascending" ? `-${column.key}` : direction === "descending" ? "" : column.key;
  return html`<th scope="col" class=${column.numeric ? "number" : null} aria-sort=${direction}>
    <button type="button" class="sort" onClick=${() => state.write({ sort: next, page: "" })}>
      ${visible(column.title)}<span class="sort-sign" aria-hidden="true">${SORT_SIGNS[direction]}</span></button>
  </th>`;
}

function TableCell({ row, column, header }) {
  const value = valueIn(row, column);
  const shown = column.cell ? column.cell(row) : html`<${Text} value=${value ?? "–"} />`;
  return header ? html`<th scope="row">${shown}</th>` : html`<td class=${column.numeric ? "number" : null}>${shown}</td>`;
}

function Pages({ label, page, pages, state }) {
  if (pages <= 1) return null;
  const go = (to) => () => state.write({ page: to > 1 ? to : "" });
  return html`<nav class="pages" aria-label=${`pages of ${label}`}>
    <button type="button" disabled=${page <= 1} onClick=${go(page - 1)}>← previous</button>
    <span role="status">page ${page} of ${pages}</span>
    <button type="button" disabled=${page >= pages} onClick=${go(page + 1)}>next →</button>
  </nav>`;
}

function Table({ label, columns, rows }) {
  const state = useTableState(label);
  const sort = state.read("sort");
  const by = columns.find((column) => column.key === sort.replace(/^-/, ""));
  const found = filteredRows(rows, columns, state);
  const sorted = by ? sortedRows(found, by, sort.startsWith("-")) : found;
  const pages = Math.max(1, Math.ceil(sorted.length / ROWS_A_PAGE));
  const page = Math.min(pages, Math.max(1, Number(state.read("page")) || 1));
  const shown = sorted.slice((page - 1) * ROWS_A_PAGE, page * ROWS_A_PAGE);
  const cells = (row) => columns.map((column, place) => html`<${TableCell} key=${column.key} row=${row} column=${column} header=${place === 0} />`);
  return html`<div class="table">
    <${TableTools} label=${label} rows=${rows} columns=${columns} state=${state} found=${found.length} />
    <div class="scroll" tabindex="0" role="region" aria-label=${label}>
      <table>
        <thead><tr>${columns.map((column) => html`<${Heading} key=${column.key} column=${column} sort=${sort} state=${state} />`)}</tr></thead>
        <tbody>${shown.map((row) => html`<tr>${cells(row)}</tr>`)}</tbody>
      </table>
      ${!shown.length && html`<p class="quiet none">${rows.length ? "Nothing matches." : "Nothing yet."}</p>`}
    </div>
    <${Pages} label=${label} page=${page} pages=${pages} state=${state} />
  </div>`;
}
