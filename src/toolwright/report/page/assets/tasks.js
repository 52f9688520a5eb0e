// Tasks x evaluations as a heat map: a row a task, a column an evaluation, a cell a button to its trajectory.
//
//   #/tasks?split=train&show=changed&sort=score&q=percent&page=2
//
// Only one page of rows is in the document. Arrow keys move among the cells; shift-click, or Shift and Enter, on two cells
// of a task puts their trajectories beside each other.

const TASKS_A_PAGE = 50;
const DECISIONS = {
  start: { glyph: "●", text: "the starting set" },
  accept: { glyph: "✓", text: "accepted" },
  reject: { glyph: "↩", text: "rolled back" },
  undecided: { glyph: "?", text: "undecided" },
  none: { glyph: "–", text: "nothing proposed" },
};
const TASK_ORDERS = { order: "task order", id: "id", score: "score at the end", change: "change" };

// ---- which tasks, in which order

// A split's columns, each with its place among all of them, and which of them is the best set's last.
function columnsOf(tasks, split) {
  const columns = tasks.columns.map((column, index) => ({ ...column, index }));
  const kept = columns.filter((column) => column.decision === "accept" || column.decision === "start").at(-1);
  const shown = columns.filter((column) => column.split === split);
  return { shown, end: shown.findLast((column) => column.parameters === kept?.parameters) ?? shown.at(-1) };
}

function firstAndEnd(row, columns, end) {
  const scores = columns.map((column) => row.cells[column.index]?.score ?? null);
  const first = scores.find((value) => value !== null) ?? null;
  const last = row.cells[end?.index]?.score ?? null;
  const change = first === null || last === null ? null : last - first;
  return { row, first, last, change, changed: new Set(scores.filter((value) => value !== null)).size > 1 };
}

function matches({ row, last, changed }, { show, q }) {
  if (show === "changed" && !changed) return false;
  if (show === "failing" && last !== null && last >= 1) return false;
  const text = q.toLowerCase();
  return !text || [row.id, row.question, row.target].some((part) => part.toLowerCase().includes(text));
}

const byNumber = (name) => (a, b) => (a[name] ?? 2) - (b[name] ?? 2);
const TASK_SORTS = {
  id: (a, b) => a.row.id.localeCompare(b.row.id, "en", { numeric: true }),
  score: byNumber("last"),
  change: byNumber("change"),
};

function tasksShown(tasks, split, columns, end, choice) {
  const rows = tasks.tasks.filter((row) => row.split === split).map((row) => firstAndEnd(row, columns, end));
  const shown = rows.filter((entry) => matches(entry, choice));
  return TASK_SORTS[choice.sort] ? shown.sort(TASK_SORTS[choice.sort]) : shown;
}

// ---- what is chosen, all of it in the address

function taskChoice(query, splits) {
  const split = splits.includes(query.split) ? query.split : splits[0];
  return { split, q: query.q ?? "", show: query.show ?? "", sort: query.sort ?? "order", page: Math.max(1, Number(query.page) || 1) };
}

function choose(change) {
  setQuery({ page: "", ...change });
}

function Choice({ label, value, options, name }) {
  return html`<label class="choice">${label} ${" "}<select value=${value} onChange=${(event) => choose({ [name]: event.currentTarget.value })}>
    ${options.map(([key, text]) => html`<option value=${key}>${text}</option>`)}
  </select></label>`;
}

function TaskFilters({ choice, splits, count }) {
  return html`<form class="filters" role="search" aria-label="tasks" onSubmit=${(event) => event.preventDefault()}>
    <${Choice} label="Split" name="split" value=${choice.split} options=${splits.map((split) => [split, visible(split)])} />
    <label class="choice">Text ${" "}<input type="search" value=${choice.q} onInput=${(event) => choose({ q: event.currentTarget.value })} /></label>
    <${Choice} label="Show" name="show" value=${choice.show} options=${[["", "all tasks"], ["changed", "changed"], ["failing", "failing at the end"]]} />
    <${Choice} label="Sort by" name="sort" value=${choice.sort} options=${Object.entries(TASK_ORDERS)} />
    <span class="quiet" role="status">${countOf(count)} ${count === 1 ? "task" : "tasks"}</span>
  </form>`;
}

// ---- the map

function scoreClass(value) {
  return value === null ? "heat heat-none" : `heat heat-${Math.round(10 * Math.min(1, Math.max(0, value)))}`;
}

function scoreText(value) {
  if (value === null) return "–";
  if (value === 0 || value === 1) return String(value);
  return fixed(value, 2).replace(/^0/, "").replace(/^1\.00$/, ".99").replace(/^\.00$/, ".01");
}

function cellName(row, column, cell) {
  const score = cell.score === null ? `no score (${cell.end})` : fixed(cell.score, 2);
  return `task ${visible(row.id)}, epoch ${column.epoch} ${visible(column.split)}: ${score}`;
}

function HeatCell({ row, column, cell, active, marked }) {
  if (!cell) return html`<td role="gridcell" class="heat-absent"><span class="unseen">not evaluated</span></td>`;
  return html`<td role="gridcell"><button type="button" class=${scoreClass(cell.score)} data-task=${row.id} data-event=${column.event}
    tabindex=${active ? 0 : -1} aria-pressed=${marked ? "true" : null} aria-label=${cellName(row, column, cell)}>${scoreText(cell.score)}</button></td>`;
}

function HeatHead({ column }) {
  const decision = DECISIONS[column.decision];
  const { stopped, missing } = column;
  const said = [decision?.text, stopped && `stopped: ${visible(stopped)}`, missing && `no trajectories: ${visible(missing)}`];
  const notes = said.filter(Boolean);
  const glyph = (text) => html`<span class="glyph" aria-hidden="true">${text}</span>`;
  return html`<th scope="col" role="columnheader" title=${notes.join("; ") || null}>
    <span class="heat-epoch">${column.epoch}${decision && glyph(decision.glyph)}${(stopped || missing) && glyph("!")}</span>
    <span class="heat-mean">${scoreText(column.mean)}</span><span class="unseen">${notes.join("; ")}</span>
  </th>`;
}

const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -Infinity], End: [0, Infinity] };

// The next cell with a button in a direction, or at the row's end.
function cellTowards(button, key) {
  const [down, right] = ARROWS[key];
  const place = button.closest("td");
  const buttonsOf = (line) => [...line.querySelectorAll("button")];
  if (Math.abs(right) === Infinity) return buttonsOf(place.parentNode).at(right > 0 ? -1 : 0);
  const step = (cell) => {
    if (right) return right > 0 ? cell.nextElementSibling : cell.previousElementSibling;
    const line = down > 0 ? cell.parentNode.nextElementSibling : cell.parentNode.previousElementSibling;
    return line?.cells[cell.cellIndex];
  };
  let next = step(place);
  while (next && !next.querySelector("td > button")) next = step(next);
  return next?.querySelector("button");
}

const HEAT_HELP = "A cell opens its trajectory; shift-click two cells of a task (Shift and Enter) to compare them. Arrow keys move.";
const HEAT_MARKED = "is marked: shift-click another of its cells to compare the two.";

function HeatMap({ rows, columns }) {
  const [active, setActive] = useState(null);
  const [marked, setMarked] = useState(null);
  const is = (place, row, column) => place !== null && place.task === row.id && place.event === column.event;
  const placeOf = (button) => ({ task: button.dataset.task, event: Number(button.dataset.event) });
  const first = rows.some(({ row }) => columns.some((column) => is(active, row, column) && row.cells[column.index])) ? active : firstPlace(rows, columns);

  const mark = (place) => {
    if (marked?.task === place.task && marked.event !== place.event) openTask(rows, place, marked);
    else setMarked(marked?.event === place.event && marked?.task === place.task ? null : place);
  };
  const open = (event) => {
    const button = event.target.closest("button[data-event]");
    if (!button) return;
    event.preventDefault();
    if (event.shiftKey) mark(placeOf(button));
    else openTask(rows, placeOf(button));
  };
  const onKey = (event) => {
    const button = event.target.closest("button[data-event]");
    if (!button) return;
    if (event.key === "Enter") open(event);
    else if (ARROWS[event.key]) {
      event.preventDefault();
      cellTowards(button, event.key)?.focus();
    }
  };
  const onFocus = (event) => event.target.dataset?.event && setActive(placeOf(event.target));
  const cells = (row) => columns.map((column) => html`<${HeatCell} row=${row} column=${column} cell=${row.cells[column.index]}
    active=${is(first, row, column)} marked=${is(marked, row, column)} />`);
  return html`<${Fragment}>
    <div class="scroll" role="region" aria-label="scores of tasks by evaluation">
      <table class="heat-map" role="grid" aria-label="scores" onClick=${open} onKeyDown=${onKey} onFocusIn=${onFocus}>
        <thead><tr role="row">
          <th scope="col" role="columnheader">task <span class="quiet">epoch →</span></th>${columns.map((column) => html`<${HeatHead} column=${column} />`)}
        </tr></thead>
        <tbody>${rows.map(({ row }) => html`<tr role="row" key=${row.id}>
          <th scope="row" role="rowheader" title=${visible(row.question)}>
            <span class="task-id">${visible(row.id)}</span>${" "}<span class="task-question">${visible(row.question)}</span></th>
          ${cells(row)}
        </tr>`)}</tbody>
      </table>
    </div>
    ${columns.length > 0 && html`<p class="legend" aria-live="polite">${marked ? `Task ${visible(marked.task)} ${HEAT_MARKED}` : HEAT_HELP}</p>`}
  </${Fragment}>`;
}

function firstPlace(rows, columns) {
  for (const { row } of rows) {
    const column = columns.find(({ index }) => row.cells[index]);
    if (column) return { task: row.id, event: column.event };
  }
  return null;
}

function openTask(rows, place, beside) {
  const { row } = rows.find((entry) => entry.row.id === place.task);
  const [left, right] = beside && beside.event > place.event ? [place, beside] : [beside ?? place, beside && place];
  location.hash = taskLink(row.split, row.id, left.event, right?.event);
}

function taskLink(split, id, event, other) {
  return linkTo(["task", split, id], { e: event, with: other });
}

function HeatLegend() {
  const steps = [0, 0.2, 0.4, 0.6, 0.8, 1];
  return html`<p class="heat-legend"><span>score</span>
    ${steps.map((value) => html`<span class=${scoreClass(value)}>${scoreText(value)}</span>`)}<span class=${scoreClass(null)}>–</span><span>no score</span>
    ${Object.values(DECISIONS).map(({ glyph, text }) => html`<span class="legend-item"><span class="glyph">${glyph}</span> ${text}</span>`)}</p>`;
}

const EVALUATED_ALONE = "Rollouts of `toolwright evaluate --run` are not shown here.";

// Of a run in which no training is, the overview knows; what was evaluated in it alone is in no column.
function NoEvaluation({ fault }) {
  const { value: overview } = useDocument("overview");
  const alone = overview && overview.known !== false && !overview.epochs.length && overview.state !== "running";
  return html`<${Empty} fault=${fault}>No evaluation has finished yet.${alone && ` ${EVALUATED_ALONE}`}</${Empty}>`;
}

function TaskMap({ tasks, query }) {
  const splits = [...new Set([...tasks.columns, ...tasks.tasks].map(({ split }) => split))];
  if (!splits.length) return html`<${NoEvaluation} fault=${tasks.fault} />`;
  const choice = taskChoice(query, splits);
  const { shown: columns, end } = columnsOf(tasks, choice.split);
  const rows = tasksShown(tasks, choice.split, columns, end, choice);
  const pages = Math.max(1, Math.ceil(rows.length / TASKS_A_PAGE));
  const page = Math.min(choice.page, pages);
  const shown = rows.slice((page - 1) * TASKS_A_PAGE, page * TASKS_A_PAGE);
  return html`<${Fragment}>
    <${TaskFilters} choice=${choice} splits=${splits} count=${rows.length} />
    ${!columns.length && html`<p class="notice">An evaluation that has not ended is not shown here.</p>`}
    ${shown.length ? html`<${HeatMap} rows=${shown} columns=${columns} />` : html`<p class="quiet">No task is left by this choice.</p>`}
    <${Pages} label="tasks" page=${page} pages=${pages} state=${{ write: setQuery }} />
    ${columns.length > 0 && html`<${HeatLegend} />`}
  </${Fragment}>`;
}

function TasksView({ query }) {
  return html`<h1>Tasks</h1><${WithDocument} name="tasks" show=${(tasks) => html`<${TaskMap} tasks=${tasks} query=${query} />`} />`;
}

Views.tasks = { title: "Tasks", component: TasksView };
