// An experiment: its figures, then its tables with their notes.
//
//   #/experiment

function ResultTable({ shown }) {
  const columns = shown.columns.map((title, place) => ({ key: String(place), title, value: (row) => row[place] }));
  const id = `table-${shown.name}`;
  return html`<section aria-labelledby=${id}>
    <h3 id=${id}><${Text} value=${shown.title} /></h3>
    <${Table} label=${shown.name} columns=${columns} rows=${shown.rows} />
    <div class="lines">${shown.notes.map((note) => html`<p class="quiet"><${Text} value=${note} /></p>`)}</div>
  </section>`;
}

function ExperimentShown({ experiment }) {
  const charts = Object.entries(experiment.charts);
  return html`<${Fragment}>
    <header class="glance"><h1><${Text} value=${experiment.name} /></h1>
      ${experiment.about && html`<p><${Text} value=${experiment.about} /></p>`}</header>
    ${charts.length > 0 && html`<section aria-labelledby="figures-title"><h2 id="figures-title">Figures</h2>
      <div class="charts">${charts.map(([name, spec]) => html`<${Chart} key=${name} spec=${spec} />`)}</div></section>`}
    <section aria-labelledby="tables-title"><h2 id="tables-title">Tables</h2>
      ${experiment.tables.map((shown) => html`<${ResultTable} key=${shown.name} shown=${shown} />`)}</section>
  </${Fragment}>`;
}

Views.experiment = {
  title: "Experiment",
  component: () => html`<${WithDocument} name="experiment" show=${(experiment) => html`<${ExperimentShown} experiment=${experiment} />`} />`,
};
