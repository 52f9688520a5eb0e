// One function in full: what happened to it, version by version, with what admission tried of it, and its use.
//
//   #/functions/NAME?v=2          at its third version

function Tried({ tried }) {
  if (!tried.length) return null;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="calls admission made">
    <table class="tried">
      <caption>Calls that admission made (${tried.length})</caption>
      <thead><tr>${["call", "came to", "returned", "wanted", "time"].map((title) => html`<th scope="col">${title}</th>`)}</tr></thead>
      <tbody>${tried.map((call) => html`<tr>
        <td><${Text} value=${call.call} /><span class="quiet"> ${call.of}</span></td>
        <td><${TriedStatus} call=${call} /></td>
        <td><${Text} value=${call.returned} /></td>
        <td>${call.wanted ? html`<${Text} value=${call.wanted} />` : html`<span class="quiet">not stated</span>`}</td>
        <td class="number">${duration(call.seconds)}</td>
      </tr>`)}</tbody>
    </table>
  </div>`;
}

function CallStatus({ status }) {
  const good = status === "ok";
  return html`<span class=${good ? "status status-good" : "status status-bad"}>
    <span class="glyph" aria-hidden="true">${good ? "✓" : "×"}</span> <${Text} value=${status} /></span>`;
}

// A call that ran may still have returned something else than it should.
function TriedStatus({ call }) {
  if (call.status !== "ok" || !call.wanted || call.wanted === call.returned) return html`<${CallStatus} status=${call.status} />`;
  return html`<span class="status status-bad"><span class="glyph" aria-hidden="true">≠</span> differs</span>`;
}

function ArgumentMeanings({ version }) {
  const given = Object.entries(version.arguments);
  const meanings = given.map(([name, meaning]) => html`
    <div><dt><code><${Text} value=${name} /></code></dt><dd><${Text} value=${meaning} /></dd></div>`);
  return html`${given.length > 0 && html`<dl class="facts">${meanings}</dl>`}
    ${version.packages.length > 0 && html`<p class="quiet">Imports <${Text} value=${version.packages.join(", ")} />.</p>`}`;
}

function Measures({ version }) {
  const { complexity, lines } = version;
  if (!version.source.length) return null;
  return html`<span class="quiet">${lines} lines, complexity ${complexity ?? "unknown"}</span>`;
}

// What the agent was told of it, where that is not what stands above.
function ToldOtherwise({ version, shown }) {
  const told = ({ description, arguments: meanings, packages }) => JSON.stringify([description, meanings, packages]);
  if (!version.description || told(version) === told(shown)) return null;
  return html`<p><span class="label">Description then</span> <${Text} value=${version.description} /></p><${ArgumentMeanings} version=${version} />`;
}

function VersionOfFunction({ version, index, chosen, shown, several }) {
  const element = useRef(null);
  useEffect(() => chosen && element.current.scrollIntoView({ block: "start" }), [chosen]);
  const when = version.epoch === 0 ? "Start" : stepTitle(version, several);
  return html`<article class=${chosen ? "version chosen" : "version"} ref=${element} aria-labelledby=${`version-${index}`}>
    <header><h3 id=${`version-${index}`}>${when}: <${Fate} version=${version} /></h3><${Measures} version=${version} /></header>
    ${version.reason && html`<blockquote class="reason"><span class="label">Stated reason</span> <${Text} value=${version.reason} /></blockquote>`}
    ${version.refusal && html`<div class="refusal"><span class="label">Refused</span> <${Text} value=${version.refusal} /></div>`}
    <${ToldOtherwise} version=${version} shown=${shown} />
    ${version.missing && html`<p class="notice">Its source cannot be shown: <${Text} value=${version.missing} />
      ${version.happened === "refused" && html` (<a href=${linkTo(["optimizer", `${version.epoch}-${version.proposal}`])}>its step</a>)`}</p>`}
    <${Tried} tried=${version.tried} />
    ${version.diff.length > 0 && html`<${Fold} open=${true} summary=${`Changes to the version before (${diffCounts(version.diff)})`}>
      <${Diff} lines=${version.diff} /></${Fold}>`}
    ${version.source.length > 0 && html`<${Fold} open=${!version.diff.length} summary="Source"><${Source} lines=${version.source} /></${Fold}>`}
  </article>`;
}

const USES = [
  { key: "epoch", title: "epoch" },
  { key: "split", title: "split", filter: true },
  { key: "calls", title: "calls", numeric: true },
  { key: "errors", title: "errors", numeric: true },
  { key: "used", title: "rollouts using it", numeric: true },
  { key: "offered", title: "offered it", numeric: true },
  { key: "used_score", title: "score when used*", numeric: true, cell: (use) => meanScore(use.used_score) },
  { key: "unused_score", title: "score when not used*", numeric: true, cell: (use) => meanScore(use.unused_score) },
  { key: "seconds", title: "mean time", numeric: true, cell: (use) => duration(use.seconds) },
];

const COUNTED = { key: "again", title: "counted", value: ({ again }) => (again ? "with a later one" : "here") };

function UseByEvaluation({ use }) {
  if (!use.length) return html`<p class="quiet">No evaluation offered it.</p>`;
  const columns = use.some(({ again }) => again) ? [...USES, COUNTED] : USES;
  return html`<${Table} label="use by evaluation" columns=${columns} rows=${use} />
    <p class="legend">* Observational: an agent calls what a task needs.</p>`;
}

// `several` are the epochs with several proposals.
function OneFunction({ history, chosen, several }) {
  const shown = history.versions.findLast((version) => version.description);
  return html`<${Fragment}>
    <p class="back"><a href=${linkTo(["functions"])}>← All functions</a></p>
    <h1><code><${Text} value=${history.name} /></code> <${FunctionState} state=${history.state} /></h1>
    ${shown && html`<p class="lead"><${Text} value=${shown.description} /></p><${ArgumentMeanings} version=${shown} />`}
    <section aria-labelledby="versions-title"><h2 id="versions-title">What happened to it</h2>
      ${history.versions.map((version, index) => html`
        <${VersionOfFunction} key=${index} version=${version} index=${index} shown=${shown} several=${several} chosen=${index === chosen} />`)}
    </section>
    <section aria-labelledby="use-title"><h2 id="use-title">Use by evaluation</h2>
      <${UseByEvaluation} use=${history.use} />
    </section>
  </${Fragment}>`;
}
