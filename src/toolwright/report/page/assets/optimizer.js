// What the optimizer was asked and replied, step by step, and what came of it.
//
//   #/optimizer          every step
//   #/optimizer/3-0      epoch 3, its first proposal

const STEP_EVENTS = {
  action_admitted: { glyph: "✓", text: (event) => `admitted: ${event.action} ${event.function}`, more: (event) => [event.reason, ...(event.notes ?? [])] },
  action_refused: { glyph: "×", text: (event) => `refused: ${event.action} ${event.function}`, more: (event) => [event.reason] },
  code_run: { glyph: "▸", text: (event) => `ran code: ${event.status}`, more: (event) => [event.error] },
  history_shortened: { glyph: "✂", text: (event) => `prompt sent again within ${event.tokens} tokens`, more: (event) => [event.reason] },
  step_started: { glyph: "●", text: () => "began", more: (event) => [event.history] },
  step_finished: { glyph: "■", text: (event) => `ended, ${event.actions} admitted, ${event.refused} refused`, more: (event) => [endText(event.end)] },
};
const ANOTHER_EVENT = { glyph: "·", text: (event) => String(event.kind), more: (event) => [JSON.stringify(event)] };

function endText(end) {
  return String(end).replaceAll("_", " ");
}

function StepEvent({ event }) {
  const { glyph, text, more } = STEP_EVENTS[event.kind] ?? ANOTHER_EVENT;
  const lines = more(event).filter(Boolean).map((line) => html`<div class="quiet"><${Text} value=${String(line)} /></div>`);
  return html`<li class=${`step-event step-${STEP_EVENTS[event.kind] ? event.kind.replace("_", "-") : "other"}`}>
    <span class="glyph" aria-hidden="true">${glyph}</span>
    <div><${Text} value=${text(event)} />${lines}</div>
  </li>`;
}

function saidAside({ model, usage }) {
  return html`<span class="quiet aside">${model && html`<${Text} value=${model} /> · `}${usage && usageText(usage)}</span>`;
}

function StepInFull({ step, summary }) {
  const said = step.said.map((one) => html`<${MessageShown} message=${one.message} aside=${saidAside(one)} />`);
  const events = step.events.map((event) => html`<${StepEvent} event=${event} />`);
  return html`
    ${step.shortened && html`<p class="notice"><${Text} value=${step.shortened} /></p>`}
    ${summary && html`<${Facts} facts=${[
      ["Came to", html`<${Text} value=${summary.came_to} />`],
      ["Ended", html`<${Text} value=${endText(summary.end)} />`],
      ["Used", usageText(summary.usage)],
      ["History", summary.left_out && html`<${Text} value=${summary.left_out} />`],
    ]} />`}
    <section aria-labelledby="came-title"><h2 id="came-title">What came of it</h2>
      ${events.length ? html`<ol class="step-events">${events}</ol>` : html`<p class="quiet">Nothing yet.</p>`}
    </section>
    <section aria-labelledby="said-title"><h2 id="said-title">Conversation</h2>
      ${said.length ? html`<ol class="messages">${said}</ol>` : html`<p class="quiet">Nothing was said, or the run does not hold it.</p>`}
    </section>`;
}

// `several` are the epochs with several proposals.
function stepTitle({ epoch, proposal }, several) {
  return `Epoch ${epoch}${several.has(epoch) ? `, proposal ${proposal + 1}` : ""}`;
}

function severalOf(steps) {
  return new Set(steps.filter(({ proposal }) => proposal > 0).map(({ epoch }) => epoch));
}

const reasonCell = (text) => html`<div class="reason-cell"><${Text} value=${text} /></div>`;

const STEPS = [
  { key: "epoch", title: "step", cell: (step) => html`<a href=${linkTo(["optimizer", step.name])}>${step.title}</a>` },
  { key: "came_to", title: "came to", filter: true, cell: (step) => html`<${Text} value=${step.came_to} />` },
  { key: "replies", title: "replies", numeric: true },
  { key: "actions", title: "admitted", numeric: true },
  { key: "refused", title: "refused", numeric: true },
  { key: "end", title: "ended", cell: (step) => reasonCell(endText(step.end)) },
  { key: "left_out", title: "history", cell: (step) => (step.left_out ? reasonCell(step.left_out) : html`<span class="quiet">whole</span>`) },
  { key: "tokens", title: "tokens", numeric: true, cell: (step) => countOf(step.tokens) },
  { key: "dollars", title: "cost", numeric: true, cell: (step) => dollarsOf(step.usage.dollars) },
];

function stepRow(step, several) {
  return { ...step, title: stepTitle(step, several), tokens: step.usage.input_tokens + step.usage.output_tokens, dollars: step.usage.dollars };
}

function OneStep({ steps, name }) {
  const index = steps.findIndex((step) => step.name === name);
  const summary = steps[index];
  const several = severalOf(steps);
  const neighbour = (step, text) => step && html`<a href=${linkTo(["optimizer", step.name])}>${text(stepTitle(step, several))}</a>`;
  return html`<${Fragment}>
    <p class="back"><a href=${linkTo(["optimizer"])}>← All steps</a>
      ${index > 0 && neighbour(steps[index - 1], (title) => `‹ ${title}`)}${summary && neighbour(steps[index + 1], (title) => `${title} ›`)}</p>
    <h1>${summary ? `Optimizer: ${stepTitle(summary, several).toLowerCase()}` : html`Step <${Text} value=${name} />`}</h1>
    <${WithDocument} key=${name} name=${`steps/${name}`} show=${(step) => html`<${StepInFull} step=${step} summary=${summary} />`} />
  </${Fragment}>`;
}

function AllSteps({ steps, fault }) {
  const several = severalOf(steps);
  const rows = steps.map((step) => stepRow(step, several));
  return html`<h1>Optimizer</h1>
    ${rows.length
      ? html`<${Table} label="steps of the optimizer" columns=${STEPS} rows=${rows} />`
      : html`<${Empty} fault=${fault}>The optimizer was not asked yet.</${Empty}>`}`;
}

function OptimizerView({ path }) {
  const [name] = path;
  return html`<${WithDocument} name="optimizer" show=${({ steps, fault }) => {
    if (name === undefined || (fault && !steps.length)) return html`<${AllSteps} steps=${steps} fault=${fault} />`;
    return html`<${OneStep} steps=${steps} name=${name} />`;
  }} />`;
}

Views.optimizer = { title: "Optimizer", component: OptimizerView };
