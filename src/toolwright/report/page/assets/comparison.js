// Several runs beside each other, and functions of one domain on the tasks of another.
//
//   #/comparison

const finalOf = (overview, split, side) => overview.splits.find((one) => one.split === split)?.[side] ?? null;

function finalColumns(runs) {
  const splits = [...new Set(runs.flatMap(({ overview }) => overview.splits.map(({ split }) => split)))];
  return splits.flatMap((split) =>
    ["before", "after"].map((side) => ({
      key: `${split}-${side}`,
      title: `${split} ${side}`,
      numeric: true,
      value: ({ overview }) => finalOf(overview, split, side)?.mean,
      cell: ({ overview }) => {
        const interval = finalOf(overview, split, side);
        return interval ? html`<${IntervalText} interval=${interval} />` : "–";
      },
    })),
  );
}

function RunsTable({ runs }) {
  const columns = [
    { key: "run", title: "run" },
    { key: "state", title: "state", filter: true, value: ({ overview }) => overview.state, cell: ({ overview }) => html`<${RunState} state=${overview.state} />` },
    ...finalColumns(runs),
    { key: "epochs", title: "epochs", numeric: true, value: ({ overview }) => overview.epochs.filter(({ epoch }) => epoch > 0).length },
    { key: "dollars", title: "cost", numeric: true, value: ({ overview }) => totalOf(overview.usage, "dollars"), cell: ({ overview }) => dollarsOf(totalOf(overview.usage, "dollars")) },
    { key: "minutes", title: "time", numeric: true, value: ({ overview }) => overview.minutes, cell: ({ overview }) => minutesOf(overview.minutes) },
    { key: "headline", title: "came to", value: ({ overview }) => overview.headline, cell: ({ overview }) => html`<${Text} value=${overview.headline} limit=${300} />` },
  ];
  return html`<section aria-labelledby="runs-title"><h2 id="runs-title">Runs</h2><${Table} label="runs" columns=${columns} rows=${runs} /></section>`;
}

const TRANSFER_COLUMNS = [
  { key: "functions", title: "functions", filter: true },
  { key: "tasks", title: "tasks", filter: true },
  { key: "score", title: "mean score", numeric: true, value: ({ score: { mean } }) => mean, cell: ({ score: interval }) => html`<${IntervalText} interval=${interval} />` },
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
  return html`<${Fragment}>
    <header class="glance"><h1>${countOf(comparison.runs.length)} runs compared</h1><${Notices} notices=${comparison.notices} /></header>
    ${comparison.runs.length > 0 && html`<${RunsTable} runs=${comparison.runs} />`}
    <${Charts} charts=${charts} names=${["accuracy", "cost"]} />
    <${Transfer} cells=${comparison.transfer} chart=${chart} />
    <${Sections} sections=${comparison.sections} />
  </${Fragment}>`;
}

Views.comparison = {
  title: "Comparison",
  component: () => html`<${WithDocument} name="comparison" show=${(comparison) => html`<${RunsCompared} comparison=${comparison} />`} />`,
};
