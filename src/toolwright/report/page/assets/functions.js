// The function set over time: what happened to each function when, its figures, and one function in full.
//
//   #/functions?of=train          the grid and the table, the figures from the training evaluations
//   #/functions/NAME?v=2          one function, at its third version

const HAPPENED = {
  start: { glyph: "●", text: "at the start" },
  added: { glyph: "+", text: "added" },
  revised: { glyph: "~", text: "revised" },
  removed: { glyph: "−", text: "removed" },
  refused: { glyph: "×", text: "refused" },
};
const CAME_TO = {
  "rolled back": { glyph: "↩", text: "rolled back" },
  pending: { glyph: "…", text: "pending" },
  "not chosen": { glyph: "○", text: "not chosen" },
};
const FUNCTION_STATES = { "in use": "●", removed: "−", "never kept": "×" };

// What became of a version: what happened where it was accepted or refused, else what the gate made of it.
function fateOf({ happened, came_to: cameTo }) {
  const did = HAPPENED[happened] ?? { glyph: "?", text: happened };
  const came = happened === "refused" ? undefined : CAME_TO[cameTo];
  const kind = came ? cameTo.replace(" ", "-") : happened;
  return { kind, glyph: (came ?? did).glyph, text: (came ?? did).text, did: came ? did.text : "" };
}

function Fate({ version, times = 1 }) {
  const { kind, glyph, text, did } = fateOf(version);
  return html`<span class=${`fate fate-${kind}`}>
    <span class="glyph" aria-hidden="true">${glyph}</span> ${text}${times > 1 && ` ×${times}`}${did && html`<span class="fate-did">${did}</span>`}
  </span>`;
}

// Of seconds; 0 is what a run says that has not measured, or a call that was refused unrun.
function duration(seconds) {
  if (!seconds) return "–";
  return seconds < 1 ? `${(1000 * seconds).toFixed(seconds < 0.01 ? 1 : 0)} ms` : `${seconds.toFixed(1)} s`;
}

// ---- functions x epochs

// Those versions of an epoch that came to the same, once, with how often.
function togetherByFate(versions) {
  const groups = new Map();
  for (const entry of versions) {
    const { kind, did } = fateOf(entry.version);
    const key = `${kind} ${did}`;
    groups.set(key, { ...(groups.get(key) ?? entry), times: (groups.get(key)?.times ?? 0) + 1 });
  }
  return [...groups.values()];
}

// Whether the best set held the function after an epoch.
function heldAfter(history, epoch) {
  const last = history.versions.filter((version) => version.came_to === "accepted" && version.epoch <= epoch).at(-1);
  return last !== undefined && last.happened !== "removed";
}

function GridCell({ history, epoch }) {
  const entries = history.versions.map((version, index) => ({ version, index })).filter((entry) => entry.version.epoch === epoch);
  const held = heldAfter(history, epoch);
  return html`<td class=${held ? "held" : null}>
    ${togetherByFate(entries).map(({ version, index, times }) => html`
      <a class="grid-link" href=${functionLink(history.name, index)}><${Fate} version=${version} times=${times} /></a>`)}
    ${!entries.length && held && html`<span class="held-line" aria-hidden="true"></span><span class="unseen">in the set</span>`}
  </td>`;
}

function functionLink(name, version) {
  return linkTo(["functions", name], version === undefined ? {} : { v: version });
}

function FunctionGrid({ functions, epochs }) {
  return html`<section aria-labelledby="grid-title">
    <h2 id="grid-title">What happened when</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="functions by epoch">
      <table class="function-grid">
        <thead><tr><th scope="col">function <span class="quiet">by epoch →</span></th>${epochs.map((epoch) => html`<th scope="col">${epoch === 0 ? "start" : epoch}</th>`)}</tr></thead>
        <tbody>${functions.map((history) => html`<tr>
          <th scope="row"><a href=${functionLink(history.name)}><${Text} value=${history.name} /></a></th>
          ${epochs.map((epoch) => html`<${GridCell} history=${history} epoch=${epoch} />`)}
        </tr>`)}</tbody>
      </table>
    </div>
    <p class="legend">By epoch; a coloured cell: the function is in the best set after that epoch. A refused or rolled-back version never took effect.</p>
  </section>`;
}

// ---- the paper's Tables 5 and 6

function weighted(uses, value, weight) {
  const known = uses.filter((use) => use[value] !== null && weight(use) > 0);
  const total = known.reduce((sum, use) => sum + weight(use), 0);
  return total ? known.reduce((sum, use) => sum + use[value] * weight(use), 0) / total : null;
}

// Uses of several evaluations as one; means count by what they are means of.
function totalUse(uses) {
  const sum = (name) => uses.reduce((total, use) => total + use[name], 0);
  const [calls, errors, used, offered] = ["calls", "errors", "used", "offered"].map(sum);
  return {
    calls,
    errorRate: calls ? errors / calls : null,
    usedShare: offered ? used / offered : null,
    used: weighted(uses, "used_score", (use) => use.used),
    unused: weighted(uses, "unused_score", (use) => use.offered - use.used),
    seconds: weighted(uses, "seconds", (use) => use.calls),
  };
}

// The evaluations the figures may be of, by the value of the choice, "EPOCH@SPLIT": all, those of a split, one.
function usesOf(history, of) {
  const at = of.indexOf("@");
  const [epoch, split] = [of.slice(0, at), of.slice(at + 1)];
  return of ? history.use.filter((use) => use.split === split && (epoch === "" || use.epoch === Number(epoch))) : history.use;
}

function UseChoice({ functions, of }) {
  const uses = functions.flatMap((history) => history.use);
  const splits = [...new Set(uses.map((use) => use.split))];
  const single = new Map(uses.map((use) => [`${use.epoch}@${use.split}`, use]));
  const inOrder = [...single].sort(([, a], [, b]) => a.epoch - b.epoch);
  return html`<label class="choice">Figures of ${" "}<select value=${of} onChange=${(event) => setQuery({ of: event.currentTarget.value })}>
    <option value="">all evaluations</option>
    ${splits.map((split) => html`<option value=${`@${split}`}>all ${visible(split)} evaluations</option>`)}
    ${inOrder.map(([key, use]) => html`<option value=${key}>epoch ${use.epoch}, ${visible(use.split)}</option>`)}
  </select></label>`;
}

function figuresOf(history, of) {
  const shown = history.versions.findLast((version) => version.came_to === "accepted" && version.source.length) ?? history.versions.findLast((version) => version.source.length);
  return {
    name: history.name,
    state: history.state,
    versions: history.versions.filter((version) => version.happened !== "removed").length,
    complexity: shown?.complexity ?? null,
    lines: shown?.lines ?? null,
    ...totalUse(usesOf(history, of)),
  };
}

function meanScore(value) {
  return value === null ? "–" : value.toFixed(3);
}

function FunctionState({ state }) {
  return html`<span class=${`state state-${state.replace(" ", "-")}`}><span class="glyph" aria-hidden="true">${FUNCTION_STATES[state] ?? "?"}</span> ${state}</span>`;
}

const FIGURES = [
  { key: "name", title: "function", cell: ({ name }) => html`<a href=${functionLink(name)}><${Text} value=${name} /></a>` },
  { key: "state", title: "state", filter: true, cell: ({ state }) => html`<${FunctionState} state=${state} />` },
  { key: "calls", title: "calls", numeric: true },
  { key: "errorRate", title: "error rate", numeric: true, cell: ({ errorRate }) => share(errorRate) },
  { key: "usedShare", title: "rollouts using it", numeric: true, cell: ({ usedShare }) => share(usedShare) },
  { key: "used", title: "score when used*", numeric: true, cell: ({ used }) => meanScore(used) },
  { key: "unused", title: "score when not used*", numeric: true, cell: ({ unused }) => meanScore(unused) },
  { key: "seconds", title: "mean time", numeric: true, cell: ({ seconds }) => duration(seconds) },
  { key: "complexity", title: "complexity", numeric: true },
  { key: "lines", title: "lines", numeric: true },
  { key: "versions", title: "versions", numeric: true },
];

function FunctionFigures({ functions, of }) {
  return html`<section aria-labelledby="figures-title">
    <h2 id="figures-title">Figures</h2>
    <${UseChoice} functions=${functions} of=${of} />
    <${Table} label="figures of the functions" columns=${FIGURES} rows=${functions.map((history) => figuresOf(history, of))} />
    <p class="legend">* Observational: mean score of the rollouts that called the function, and of those that were offered it and did not. An agent calls what a task needs, so the difference is not the function's effect. Complexity: cyclomatic, of the most complex function in the source; complexity and lines are of the version accepted last.</p>
  </section>`;
}

// ---- one function

function Tried({ tried }) {
  if (!tried.length) return null;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="calls admission made">
    <table class="tried">
      <caption>Calls that admission made (${tried.length})</caption>
      <thead><tr><th scope="col">call</th><th scope="col">came to</th><th scope="col">returned</th><th scope="col">wanted</th><th scope="col">time</th></tr></thead>
      <tbody>${tried.map((call) => html`<tr>
        <td><${Text} value=${call.call} /><span class="quiet"> ${call.of}</span></td>
        <td><${CallStatus} status=${call.status} /></td>
        <td><${Text} value=${call.returned} /></td>
        <td>${call.wanted ? html`<${Text} value=${call.wanted} />` : html`<span class="quiet">not stated</span>`}</td>
        <td class="number">${duration(call.seconds)}</td>
      </tr>`)}</tbody>
    </table>
  </div>`;
}

function CallStatus({ status }) {
  const good = status === "ok";
  return html`<span class=${good ? "status status-good" : "status status-bad"}><span class="glyph" aria-hidden="true">${good ? "✓" : "×"}</span> <${Text} value=${status} /></span>`;
}

function ArgumentMeanings({ version }) {
  const given = Object.entries(version.arguments);
  return html`${given.length > 0 && html`<dl class="facts">${given.map(([name, meaning]) => html`<div><dt><code><${Text} value=${name} /></code></dt><dd><${Text} value=${meaning} /></dd></div>`)}</dl>`}
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

function VersionOfFunction({ version, index, chosen, shown }) {
  const element = useRef(null);
  useEffect(() => chosen && element.current.scrollIntoView({ block: "start" }), [chosen]);
  const when = version.epoch === 0 ? "Start" : `Epoch ${version.epoch}${version.proposal ? `, proposal ${version.proposal + 1}` : ""}`;
  return html`<article class=${chosen ? "version chosen" : "version"} ref=${element} aria-labelledby=${`version-${index}`}>
    <header><h3 id=${`version-${index}`}>${when}: <${Fate} version=${version} /></h3><${Measures} version=${version} /></header>
    ${version.reason && html`<blockquote class="reason"><span class="label">Stated reason</span> <${Text} value=${version.reason} /></blockquote>`}
    ${version.refusal && html`<div class="refusal"><span class="label">Refused</span> <${Text} value=${version.refusal} /></div>`}
    <${ToldOtherwise} version=${version} shown=${shown} />
    <${Tried} tried=${version.tried} />
    ${version.diff.length > 0 && html`<${Fold} open=${true} summary=${`Changes to the version before (${diffCounts(version.diff)})`}><${Diff} lines=${version.diff} /></${Fold}>`}
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

function OneFunction({ history, chosen }) {
  const shown = history.versions.findLast((version) => version.description);
  return html`<${Fragment}>
    <p class="back"><a href=${linkTo(["functions"])}>← All functions</a></p>
    <h1><code><${Text} value=${history.name} /></code> <${FunctionState} state=${history.state} /></h1>
    ${shown && html`<p class="lead"><${Text} value=${shown.description} /></p><${ArgumentMeanings} version=${shown} />`}
    <section aria-labelledby="versions-title"><h2 id="versions-title">What happened to it</h2>
      ${history.versions.map((version, index) => html`<${VersionOfFunction} key=${index} version=${version} index=${index} shown=${shown} chosen=${index === chosen} />`)}
    </section>
    <section aria-labelledby="use-title"><h2 id="use-title">Use by evaluation</h2>
      ${history.use.length ? html`<${Table} label="use by evaluation" columns=${USES} rows=${history.use} /><p class="legend">* Observational: an agent calls what a task needs.</p>` : html`<p class="quiet">No evaluation offered it.</p>`}
    </section>
  </${Fragment}>`;
}

function FunctionViews({ path, query }) {
  const [name] = path;
  return html`<${WithDocument} name="functions" show=${({ functions, epochs }) => {
    if (name === undefined) return html`<${AllFunctions} functions=${functions} epochs=${epochs} query=${query} />`;
    const history = functions.find((one) => one.name === name);
    return history
      ? html`<${OneFunction} key=${name} history=${history} chosen=${query.v === undefined ? null : Number(query.v)} />`
      : html`<h1>Functions</h1><p class="problem">The run knows no function named <${Text} value=${name} />. <a href=${linkTo(["functions"])}>All functions</a></p>`;
  }} />`;
}

function AllFunctions({ functions, epochs, query }) {
  return html`<${Fragment}>
    <h1>Functions</h1>
    ${functions.length ? html`<${FunctionGrid} functions=${functions} epochs=${epochs} /><${FunctionFigures} functions=${functions} of=${query.of ?? ""} />` : html`<p class="quiet">No function was there at the start, and none has been proposed so far.</p>`}
  </${Fragment}>`;
}

Views.functions = { title: "Functions", component: FunctionViews };
