// The function set over time: what happened to each function when, and its figures; one function in full is function.js's.
//
//   #/functions?of=@train         the grid and the table, the figures from the training evaluations

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
const FUNCTION_STATES = { "in use": "●", removed: "−", "never kept": "×", pending: "…" };
const GRID_ROWS = 50;

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
  return seconds < 1 ? `${fixed(1000 * seconds, seconds < 0.01 ? 1 : 0)} ms` : `${fixed(seconds, 1)} s`;
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

function FunctionGrid({ functions, epochs, query }) {
  const pages = Math.max(1, Math.ceil(functions.length / GRID_ROWS));
  const page = Math.min(pages, Math.max(1, Number(query["grid.page"]) || 1));
  const shown = functions.slice((page - 1) * GRID_ROWS, page * GRID_ROWS);
  const write = ({ page: to }) => setQuery({ "grid.page": to });
  return html`<section aria-labelledby="grid-title">
    <h2 id="grid-title">What happened when</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="functions by epoch">
      <table class="function-grid">
        <thead><tr>
          <th scope="col">function <span class="quiet">by epoch →</span></th>
          ${epochs.map((epoch) => html`<th scope="col">${epoch === 0 ? "start" : epoch}</th>`)}
        </tr></thead>
        <tbody>${shown.map((history) => html`<tr>
          <th scope="row"><a href=${functionLink(history.name)}><${Text} value=${history.name} /></a></th>
          ${epochs.map((epoch) => html`<${GridCell} history=${history} epoch=${epoch} />`)}
        </tr>`)}</tbody>
      </table>
    </div>
    <${Pages} label="functions by epoch" page=${page} pages=${pages} state=${{ write }} />
    <p class="legend">By epoch; a coloured cell: the function is in the best set after that epoch. A refused or rolled-back version never took effect.</p>
  </section>`;
}

// ---- the paper's Tables 5 and 6

function weighted(uses, value, weight) {
  const known = uses.filter((use) => use[value] !== null && weight(use) > 0);
  const total = known.reduce((sum, use) => sum + weight(use), 0);
  return total ? known.reduce((sum, use) => sum + use[value] * weight(use), 0) / total : null;
}

// Those rollouts once that a later evaluation took over from an earlier one.
function countedOnce(uses) {
  const once = uses.filter((use) => !use.again);
  return once.length ? once : uses;
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
  const written = history.versions.filter((version) => version.source.length);
  const shown = written.findLast((version) => version.came_to === "accepted") ?? written.at(-1);
  return {
    name: history.name,
    state: history.state,
    versions: history.versions.filter(({ happened }) => !["refused", "removed"].includes(happened)).length,
    complexity: shown?.complexity ?? null,
    lines: shown?.lines ?? null,
    ...totalUse(countedOnce(usesOf(history, of))),
  };
}

function meanScore(value) {
  return value === null ? "–" : fixed(value, 3);
}

function FunctionState({ state }) {
  const glyph = FUNCTION_STATES[state] ?? "?";
  return html`<span class=${`state state-${state.replace(" ", "-")}`}><span class="glyph" aria-hidden="true">${glyph}</span> ${state}</span>`;
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

const OBSERVATIONAL =
  "* Observational: mean score of the rollouts that called the function, and of those that were offered it and did not. " +
  "An agent calls what a task needs, so the difference is not the function's effect. Versions: those admitted. Complexity: " +
  "cyclomatic, of the most complex function in the source; complexity and lines are of the version accepted last.";
const COUNTED_ONCE = "Rollouts that a later evaluation of the same functions holds, too, are counted once.";

function FunctionFigures({ functions, of }) {
  const again = functions.some((history) => history.use.some((use) => use.again));
  return html`<section aria-labelledby="figures-title">
    <h2 id="figures-title">Figures</h2>
    <${UseChoice} functions=${functions} of=${of} />
    <${Table} label="figures of the functions" columns=${FIGURES} rows=${functions.map((history) => figuresOf(history, of))} />
    <p class="legend">${OBSERVATIONAL}${again && ` ${COUNTED_ONCE}`}</p>
  </section>`;
}

function FunctionViews({ path, query }) {
  const [name] = path;
  return html`<${WithDocument} name="functions" show=${(known) => {
    const { functions } = known;
    if (name === undefined) return html`<${AllFunctions} known=${known} query=${query} />`;
    if (known.fault && !functions.length) return html`<h1>Functions</h1><${Empty} fault=${known.fault} />`;
    const history = functions.find((one) => one.name === name);
    return history
      ? html`<${OneFunction} key=${name} history=${history} several=${severalIn(functions)} chosen=${query.v === undefined ? null : Number(query.v)} />`
      : html`<h1>Functions</h1>
          <p class="problem">The run knows no function named <${Text} value=${name} />. <a href=${linkTo(["functions"])}>All functions</a></p>`;
  }} />`;
}

// The epochs with several proposals.
function severalIn(functions) {
  const further = functions.flatMap((history) => history.versions).filter((version) => version.proposal > 0);
  return new Set(further.map((version) => version.epoch));
}

function AllFunctions({ known, query }) {
  const { functions, epochs, notices = [], fault } = known;
  return html`<${Fragment}>
    <h1>Functions</h1>
    <${Notices} notices=${notices} />
    ${functions.length > 0 && html`
      <${FunctionGrid} functions=${functions} epochs=${epochs} query=${query} />
      <${FunctionFigures} functions=${functions} of=${query.of ?? ""} />`}
    ${!functions.length && html`<${Empty} fault=${fault}>No function was there at the start, and none has been proposed so far.</${Empty}>`}
  </${Fragment}>`;
}

Views.functions = { title: "Functions", component: FunctionViews };
