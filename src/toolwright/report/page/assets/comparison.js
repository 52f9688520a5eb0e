// Several runs beside each other, and functions of one domain on the tasks of another.
//
//   #/comparison

const RUN_COLUMNS = [
  { key: "run", title: "run" },
  {
    key: "state",
    title: "state",
    filter: true,
    value: ({ overview }) => overview.state,
    cell: ({ overview }) => html`<${RunState} state=${overview.state} />`,
  },
];
const figureOf = (key, title, value, text) => ({
  key,
  title,
  numeric: true,
  value: ({ overview }) => (isKnown(overview) ? value(overview) : null),
  cell: ({ overview }) => (isKnown(overview) ? text(value(overview)) : "–"),
});
const COST_COLUMNS = [
  figureOf("epochs", "epochs", ({ epochs }) => epochs.filter(({ epoch }) => epoch > 0).length, countOf),
  figureOf("dollars", "cost", ({ usage }) => totalOf(usage, "dollars"), dollarsOf),
  figureOf("minutes", "time", ({ minutes }) => minutes, minutesOf),
];
const CAME_TO_COLUMN = {
  key: "headline",
  title: "came to",
  value: ({ overview }) => overview.headline,
  cell: ({ overview }) => html`<div class="came-to"><${Text} value=${overview.headline} limit=${300} /></div>`,
};

const finalOf = (overview, split, side) => overview.splits.find((one) => one.split === split)?.[side] ?? null;

function finalColumns(runs) {
  const found = new Set(runs.flatMap(({ overview }) => overview.splits.map(({ split }) => split)));
  const splits = [...found].sort((a, b) => Number(b === "test") - Number(a === "test")); // the test says most
  return splits.map((split) => ({
    key: split,
    title: split, // one column: two for each split are wider than a screen
    numeric: true,
    value: ({ overview }) => finalOf(overview, split, "after")?.mean,
    cell: ({ overview }) => html`<${FinalFigures} before=${finalOf(overview, split, "before")} after=${finalOf(overview, split, "after")} />`,
  }));
}

function FinalFigures({ before, after }) {
  const mean = (interval) => html`<span class="figure">${interval ? share(interval.mean) : "–"}</span>`;
  const band = (interval) => interval && html`<div><small>[${share(interval.low)}, ${share(interval.high)}]</small></div>`;
  return html`${mean(before)} → ${mean(after)}${band(before)}${band(after)}`;
}

function RunsTable({ runs }) {
  const columns = [...RUN_COLUMNS, ...finalColumns(runs), ...COST_COLUMNS, CAME_TO_COLUMN];
  return html`<section aria-labelledby="runs-title"><h2 id="runs-title">Runs</h2>
    <${Table} label="runs" columns=${columns} rows=${runs} />
    <p class="legend">Mean scores before → after, and below them their 95 % confidence intervals, in the same order.</p>
  </section>`;
}

const TRANSFER_COLUMNS = [
  { key: "functions", title: "functions", filter: true },
  { key: "tasks", title: "tasks", filter: true },
  intervalColumn("score", "mean score"),
  { key: "rollouts", title: "rollouts", numeric: true },
  { key: "file", title: "file" },
];

function Transfer({ cells, chart }) {
  if (!cells.length && !chart) return null;
  return html`<section aria-labelledby="transfer-title"><h2 id="transfer-title">Transfer</h2>
    ${chart && html`<${Chart} spec=${chart} />`}
    <${Table} label="transfer" columns=${TRANSFER_COLUMNS} rows=${cells} />
  </section>`;
}

function RunsCompared({ comparison }) {
  const { transfer: chart, ...charts } = comparison.charts;
  const count = comparison.runs.length;
  const heading = count === 1 ? "One run, to be compared" : `${countOf(count)} runs compared`;
  return html`<${Fragment}>
    <header class="glance"><h1>${heading}</h1><${Notices} notices=${comparison.notices} /></header>
    ${count > 0 && html`<${RunsTable} runs=${comparison.runs} />`}
    <${Charts} charts=${charts} names=${["accuracy", "cost"]} />
    <${Transfer} cells=${comparison.transfer} chart=${chart} />
    <${Sections} sections=${comparison.sections} />
  </${Fragment}>`;
}

Views.comparison = {
  title: "Comparison",
  component: () => html`<${WithDocument} name="comparison" show=${(comparison) => html`<${RunsCompared} comparison=${comparison} />`} />`,
};
