// The run at a glance: what it came to, how it got there, and what it cost.
//
//   #/overview

const DECISION_WORDS = {
  start: { glyph: "●", text: "start" },
  accept: { glyph: "✓", text: "accepted" },
  reject: { glyph: "↩", text: "rolled back" },
  undecided: { glyph: "?", text: "undecided" },
  none: { glyph: "–", text: "nothing proposed" },
};
const RUN_STATES = {
  finished: { glyph: "✓", text: "finished" },
  running: { glyph: "▶", text: "running" },
  stopped: { glyph: "■", text: "stopped" },
  unfinished: { glyph: "…", text: "unfinished" },
};

function DecisionMark({ decision }) {
  const { glyph, text } = DECISION_WORDS[decision] ?? { glyph: "?", text: decision };
  return html`<span class=${`mark mark-${decision}`}><span class="glyph" aria-hidden="true">${glyph}</span> ${text}</span>`;
}

function RunState({ state }) {
  const { glyph, text } = RUN_STATES[state] ?? { glyph: "?", text: state };
  return html`<span class=${`mark mark-${state}`}><span class="glyph" aria-hidden="true">${glyph}</span> ${text}</span>`;
}

function Notices({ notices }) {
  if (!notices.length) return null;
  const said = notices.map((notice) => html`<li><span class="glyph" aria-hidden="true">!</span> <${Text} value=${notice} /></li>`);
  return html`<ul class="notices" aria-label="notices">${said}</ul>`;
}

function RunProgress({ progress }) {
  if (!progress) return null;
  const { text, done, rollouts, mean } = progress;
  const counted = done !== null && rollouts !== null;
  const how = counted && `${countOf(done)} of ${countOf(rollouts)} rollouts${mean === null ? "" : `, mean so far ${share(mean)}`}`;
  return html`<div class="progress" role="status">
    <p><${Text} value=${text} />${counted && html`<span class="quiet"> ${how}</span>`}</p>
    ${counted && html`<progress max=${rollouts || 1} value=${done} aria-label="rollouts of this evaluation"></progress>`}
  </div>`;
}

function Fact({ name, children }) {
  return html`<div><dt>${name}</dt><dd>${children}</dd></div>`;
}

// Whether its figures are the run's, or only stand where nothing could be read.
const isKnown = ({ known }) => known !== false;

function NamesOfFunctions({ names }) {
  if (!names.length) return "none";
  return names.map((name, place) => html`${place ? ", " : ""}<a href=${linkTo(["functions", name])}><${Text} value=${name} /></a>`);
}

function RunFacts({ overview }) {
  const { started, minutes, agent, models, sandbox, epochs, functions } = overview;
  const known = isKnown(overview);
  return html`<dl class="run-facts">
    ${started && html`<${Fact} name="Started"><time datetime=${started}>${started.slice(0, 16).replace("T", " ")} UTC</time></${Fact}>`}
    <${Fact} name="Time">${known ? minutesOf(minutes) : "–"}</${Fact}>
    <${Fact} name="Epochs">${known ? countOf(epochs.filter(({ epoch }) => epoch > 0).length) : "–"}</${Fact}>
    ${agent && html`<${Fact} name="Agent"><${Text} value=${agent} /></${Fact}>`}
    ${Object.entries(models).map(([role, model]) => html`<${Fact} name=${html`Model of <${Text} value=${role} />`}><${Text} value=${model} /></${Fact}>`)}
    ${sandbox && html`<${Fact} name="Sandbox"><${Text} value=${sandbox} /></${Fact}>`}
    <${Fact} name="Functions">${known ? html`<${NamesOfFunctions} names=${functions} />` : "–"}</${Fact}>
  </dl>`;
}

// A mean on a scale of 0 to 1 with its 95 % interval.
function IntervalBar({ interval, kind }) {
  const at = (value) => `${3 + 94 * Math.min(1, Math.max(0, value))}%`;
  return html`<svg class=${`interval interval-${kind}`} aria-hidden="true">
    <line class="scale" x1=${at(0)} x2=${at(1)} y1="7" y2="7" />
    <line class="band" x1=${at(interval.low)} x2=${at(interval.high)} y1="7" y2="7" />
    <circle cx=${at(interval.mean)} cy="7" r="4.5" />
  </svg>`;
}

function IntervalText({ interval }) {
  return html`<span class="figure">${share(interval.mean)}</span><span class="quiet"> [${share(interval.low)}, ${share(interval.high)}]</span>`;
}

function Side({ name, interval }) {
  return html`<div class="side"><span class="quiet">${name}</span>
    ${interval
      ? html`<${IntervalBar} interval=${interval} kind=${name} /><span class="side-figure"><${IntervalText} interval=${interval} /></span>`
      : html`<span class="quiet">not known: not every rollout has a score</span>`}
  </div>`;
}

function costText(cost) {
  if (!cost) return "–";
  const seconds = cost.seconds === null ? "" : `, ${secondsOf(cost.seconds)}`;
  const price = cost.dollars === null ? "price unknown" : dollarsOf(cost.dollars);
  return `${countOf(cost.tokens)} tokens, ${fixed(cost.requests, 1)} requests${seconds}, ${price}`;
}

const LEAST_DRAWN_P = 2 / 5000; // what drawn signs cannot go below, as report/chance.py says

function differenceText({ difference, low, high, p_value: p, tasks }) {
  const [by, from, to] = [difference, low, high].map((value) => fixed(100 * value, 1));
  const is = Math.abs(p - LEAST_DRAWN_P) < 1e-9 ? "≤" : "=";
  return `Difference ${by} points [${from}, ${to}], p ${is} ${significant(p, 2)} on ${manyOf(tasks, "task")}.`;
}

function Split({ split }) {
  const { before, after, compared, so_far: soFar } = split;
  const change = before && after ? 100 * (after.mean - before.mean) : null;
  return html`<article class="split">
    <header><h3><${Text} value=${split.split} /></h3><span class="quiet">${manyOf(split.tasks, "task")}, ${manyOf(split.rollouts, "rollout")}</span>
      ${change !== null && html`<span class="change">${signed(change)} points</span>`}</header>
    <${Side} name="before" interval=${before} /><${Side} name="after" interval=${after} />
    ${soFar !== null && html`<p class="quiet">So far ${share(soFar)} on ${countOf(split.scored)} of ${countOf(split.rollouts)} rollouts.</p>`}
    ${compared && html`<p>${differenceText(compared)}</p>`}
    <dl class="took"><${Fact} name="A task took">${costText(split.took)}</${Fact}><${Fact} name="and takes">${costText(split.takes)}</${Fact}></dl>
  </article>`;
}

function BeforeAfter({ splits }) {
  if (!splits.length) return null;
  const sealed = !isTested({ splits });
  return html`<section aria-labelledby="splits-title"><h2 id="splits-title">Before and after</h2>
    <div class="splits">${splits.map((split) => html`<${Split} key=${split.split} split=${split} />`)}</div>
    <p class="legend">Mean score with its 95 % confidence interval.${sealed ? " No result on a sealed test set: it was not opened, or there is none." : ""}</p>
  </section>`;
}

function Charts({ charts, names }) {
  const present = [...names.filter((name) => charts[name]), ...Object.keys(charts).filter((name) => !names.includes(name))];
  if (!present.length) return null;
  return html`<section aria-labelledby="charts-title"><h2 id="charts-title">By epoch</h2>
    <div class="charts">${present.map((name) => html`<${Chart} key=${name} spec=${charts[name]} />`)}</div>
  </section>`;
}

const intervalColumn = (key, title = key) => ({
  key,
  title,
  numeric: true,
  value: (row) => row[key]?.mean,
  cell: (row) => (row[key] ? html`<${IntervalText} interval=${row[key]} />` : "–"),
});

const totalOf = (spent, field) =>
  Object.values(spent).reduce((sum, usage) => (sum === null || usage[field] === null ? null : sum + usage[field]), 0);

const tokensOf = ({ spent }) => totalOf(spent, "input_tokens") + totalOf(spent, "output_tokens");
const decisionText = ({ decision }) => DECISION_WORDS[decision]?.text ?? decision;
const SEALED_APART = "The sealed test is not in cost and tokens, here and in the charts; used in all is under “Used, by role”.";
const isTested = ({ splits }) => splits.some(({ split }) => split === "test");

const EPOCH_COLUMNS = [
  { key: "epoch", title: "epoch", numeric: true },
  { key: "decision", title: "decision", filter: true, value: decisionText, cell: ({ decision }) => html`<${DecisionMark} decision=${decision} />` },
  intervalColumn("train"),
  intervalColumn("validation"),
  { key: "best", title: "best", numeric: true, cell: ({ best }) => share(best) },
  { key: "actions", title: "admitted", numeric: true },
  { key: "refused", title: "refused", numeric: true },
  { key: "tokens", title: "tokens", numeric: true, value: tokensOf, cell: (row) => countOf(tokensOf(row)) },
  { key: "dollars", title: "cost", numeric: true, value: ({ spent }) => totalOf(spent, "dollars"), cell: ({ spent }) => dollarsOf(totalOf(spent, "dollars")) },
  { key: "minutes", title: "after", numeric: true, cell: ({ minutes }) => minutesOf(minutes) },
  { key: "reason", title: "reason", cell: ({ reason }) => html`<${Text} value=${reason} limit=${300} />` },
];

function Epochs({ overview }) {
  const { epochs, stopped } = overview;
  const columns = EPOCH_COLUMNS.filter(({ key }) => key !== "validation" || epochs.some((epoch) => epoch.validation));
  return html`<section aria-labelledby="epochs-title"><h2 id="epochs-title">Epochs</h2>
    ${stopped && html`<p>Stopped <${Text} value=${stopped} />.</p>`}
    <${Table} label="epochs" columns=${columns} rows=${epochs} />
    ${isTested(overview) && html`<p class="legend">${SEALED_APART}</p>`}
  </section>`;
}

const usageColumn = (key, title) => ({ key, title, numeric: true, cell: (row) => countOf(row[key]) });
const USAGE_COLUMNS = [
  { key: "role", title: "role" },
  usageColumn("requests", "requests"),
  usageColumn("input_tokens", "tokens in"),
  usageColumn("cached_tokens", "of them cached"),
  usageColumn("output_tokens", "tokens out"),
  { key: "dollars", title: "price", numeric: true, cell: ({ dollars }) => dollarsOf(dollars) },
];

function UsageByRole({ usage }) {
  const roles = Object.entries(usage).map(([role, used]) => ({ role, ...used }));
  if (!roles.length) return null;
  const all = Object.fromEntries(USAGE_COLUMNS.slice(1).map(({ key }) => [key, totalOf(usage, key)]));
  return html`<section aria-labelledby="usage-title"><h2 id="usage-title">Used, by role</h2>
    <${Table} label="usage by role" columns=${USAGE_COLUMNS} rows=${[...roles, { role: "all", ...all }]} />
  </section>`;
}

// Figures as text are aligned as figures where a whole column is.
const FIGURE = /^[-+−±$~]?[\d.,]+\s*(%|points|s|min(utes)?|seconds)?$|^(–|unknown)?$/;

function SectionTable({ section, label }) {
  const columns = section.columns.map((title, place) => ({
    key: String(place),
    title,
    value: (row) => row[place],
    numeric: place > 0 && section.rows.length > 0 && section.rows.every((row) => FIGURE.test((row[place] ?? "").trim())),
  }));
  return html`<${Table} label=${label} columns=${columns} rows=${section.rows} />`;
}

function Sections({ sections }) {
  return html`${sections.map((section, place) => html`<section key=${place} aria-labelledby=${`section-${place}`}>
    ${section.title && html`<h3 id=${`section-${place}`}><${Text} value=${section.title} /></h3>`}
    ${section.columns.length > 0 && html`<${SectionTable} section=${section} label=${section.title || `table ${place + 1}`} />`}
    ${section.lines.length > 0 && html`<div class="lines">${section.lines.map((line) => html`<p><${Text} value=${line} /></p>`)}</div>`}
  </section>`)}`;
}

// The text report says in words and figures what is above, and more; whoever wants it all opens it.
function WholeReport({ sections }) {
  const { query } = useContext(Route);
  if (!sections.length) return null;
  return html`<section aria-labelledby="report-title"><h2 id="report-title">The report in full</h2>
    <details open=${query.report === "open"} onToggle=${(event) => setQuery({ report: event.currentTarget.open ? "open" : "" })}>
      <summary>${countOf(sections.length)} sections, as the command line prints them</summary>
      ${query.report === "open" && html`<${Sections} sections=${sections} />`}
    </details>
  </section>`;
}

function RunAtAGlance({ overview }) {
  return html`<${Fragment}>
    <header class="glance">
      <h1><${Text} value=${overview.headline} /></h1>
      <${RunProgress} progress=${overview.progress} /><${Notices} notices=${overview.notices} /><${RunFacts} overview=${overview} />
    </header>
    <${BeforeAfter} splits=${overview.splits} />
    <${Charts} charts=${overview.charts} names=${["loss", "accuracy", "cost", "tokens"]} />
    ${isKnown(overview) && html`<${Epochs} overview=${overview} />`}
    <${UsageByRole} usage=${overview.usage} />
    <${WholeReport} sections=${overview.sections} />
  </${Fragment}>`;
}

Views.overview = {
  title: "Overview",
  component: () => html`<${WithDocument} name="overview" show=${(overview) => html`<${RunAtAGlance} overview=${overview} />`} />`,
};
