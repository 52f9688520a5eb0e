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

function endText(end) {
  return String(end).replaceAll("_", " ");
}

function StepEvent({ event }) {
  const { glyph, text, more } = STEP_EVENTS[event.kind] ?? { glyph: "·", text: () => String(event.kind), more: () => [JSON.stringify(event)] };
  return html`<li class=${`step-event step-${STEP_EVENTS[event.kind] ? event.kind.replace("_", "-") : "other"}`}>
    <span class="glyph" aria-hidden="true">${glyph}</span>
    <div><${Text} value=${text(event)} />${more(event).filter(Boolean).map((line) => html`<div class="quiet"><${Text} value=${String(line)} /></div>`)}</div>
  </li>`;
}

function saidAside({ model, usage }) {
  return html`<span class="quiet aside">${model && html`<${Text} value=${model} /> · `}${usage && usageText(usage)}</span>`;
}

function StepInFull({ step, summary }) {
  return html`
    ${step.shortened && html`<p class="notice"><${Text} value=${step.shortened} /></p>`}
    ${summary && html`<${Facts} facts=${[
      ["Came to", html`<${Text} value=${summary.came_to} />`],
      ["Ended", html`<${Text} value=${endText(summary.end)} />`],
      ["Used", usageText(summary.usage)],
      ["History", summary.left_out && html`<${Text} value=${summary.left_out} />`],
    ]} />`}
    <section aria-labelledby="came-title"><h2 id="came-title">What came of it</h2>
      ${step.events.length ? html`<ol class="step-events">${step.events.map((event) => html`<${StepEvent} event=${event} />`)}</ol>` : html`<p class="quiet">Nothing yet.</p>`}
    </section>
    <section aria-labelledby="said-title"><h2 id="said-title">Conversation</h2>
      ${step.said.length ? html`<ol class="messages">${step.said.map((said) => html`<${MessageShown} message=${said.message} aside=${saidAside(said)} />`)}</ol>` : html`<p class="quiet">Nothing was said, or the run does not hold it.</p>`}
    </section>`;
}

function stepTitle({ epoch, proposal }) {
  return `Epoch ${epoch}${proposal ? `, proposal ${proposal + 1}` : ""}`;
}

const STEPS = [
  { key: "epoch", title: "step", cell: (step) => html`<a href=${linkTo(["optimizer", step.name])}>${stepTitle(step)}</a>` },
  { key: "came_to", title: "came to", filter: true, cell: (step) => html`<${Text} value=${step.came_to} />` },
  { key: "replies", title: "replies", numeric: true },
  { key: "actions", title: "admitted", numeric: true },
  { key: "refused", title: "refused", numeric: true },
  { key: "end", title: "ended", cell: (step) => html`<div class="reason-cell"><${Text} value=${endText(step.end)} /></div>` },
  { key: "left_out", title: "history", cell: (step) => (step.left_out ? html`<div class="reason-cell"><${Text} value=${step.left_out} /></div>` : html`<span class="quiet">whole</span>`) },
  { key: "tokens", title: "tokens", numeric: true, cell: (step) => countOf(step.tokens) },
  { key: "dollars", title: "cost", numeric: true, cell: (step) => dollarsOf(step.usage.dollars) },
];

function stepRow(step) {
  return { ...step, tokens: step.usage.input_tokens + step.usage.output_tokens, dollars: step.usage.dollars };
}

function OneStep({ steps, name }) {
  const index = steps.findIndex((step) => step.name === name);
  const summary = steps[index];
  const neighbour = (step, text) => step && html`<a href=${linkTo(["optimizer", step.name])}>${text(stepTitle(step))}</a>`;
  return html`<${Fragment}>
    <p class="back"><a href=${linkTo(["optimizer"])}>← All steps</a>${index > 0 && neighbour(steps[index - 1], (title) => `‹ ${title}`)}${summary && neighbour(steps[index + 1], (title) => `${title} ›`)}</p>
    <h1>${summary ? `Optimizer: ${stepTitle(summary).toLowerCase()}` : html`Step <${Text} value=${name} />`}</h1>
    <${WithDocument} key=${name} name=${`steps/${name}`} show=${(step) => html`<${StepInFull} step=${step} summary=${summary} />`} />
  </${Fragment}>`;
}

function AllSteps({ steps }) {
  return html`<h1>Optimizer</h1>
    ${steps.length ? html`<${Table} label="steps of the optimizer" columns=${STEPS} rows=${steps.map(stepRow)} />` : html`<p class="quiet">The optimizer was not asked yet.</p>`}`;
}

function OptimizerView({ path }) {
  const [name] = path;
  return html`<${WithDocument} name="optimizer" show=${({ steps }) => (name === undefined ? html`<${AllSteps} steps=${steps} />` : html`<${OneStep} steps=${steps} name=${name} />`)} />`;
}

Views.optimizer = { title: "Optimizer", component: OptimizerView };
