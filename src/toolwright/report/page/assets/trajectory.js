// One task in one evaluation: what was asked, said, called and answered, and why it was scored so; or two beside each other.
//
//   #/task/train/t-7?e=412             the evaluation of event 412
//   #/task/train/t-7?e=120&with=412    beside that of event 120

const ROLES = { system: "system", user: "user", assistant: "model", tool: "result" };
const ENDS = {
  answer: "answered",
  turn_limit: "out of turns",
  call_limit: "out of calls",
  agent_error: "the agent failed",
  provider: "the provider failed",
  sandbox: "the sandbox failed",
  budget: "the budget ended",
};

function columnName(column) {
  const decision = DECISIONS[column.decision];
  return `${column.epoch === 0 ? "start" : `epoch ${column.epoch}`}, ${visible(column.split)}${decision && column.epoch ? ` (${decision.text})` : ""}`;
}

// ---- messages and calls

// `asked` is the call as the model wrote it, for arguments that were no JSON object.
function RecordedCall({ call, asked }) {
  const { outcome } = call;
  return html`<div class="call">
    <header>
      <code class="call-name"><${Text} value=${call.name} /></code><span class="quiet">${call.kind}</span>
      <${CallStatus} status=${outcome.status} /><span class="quiet number">${duration(outcome.seconds)}</span>
    </header>
    ${call.arguments === null ? html`<${NoObject} asked=${asked} />` : html`<${NamedValues} values=${call.arguments} />`}
    ${outcome.stdout && html`<div class="output"><span class="label">printed</span> <${Text} value=${outcome.stdout} /></div>`}
    ${outcome.error
      ? html`<div class="output failure"><span class="label">error</span> <${Text} value=${outcome.error} /></div>`
      : html`<div class="output"><span class="label">returned</span> <${Value} value=${outcome.result} /></div>`}
  </div>`;
}

function NoObject({ asked }) {
  return html`<p class="quiet">The arguments were no JSON object${asked ? ":" : "."}</p>${asked && html`<${Value} value=${asked.arguments} />`}`;
}

function AskedCall({ call }) {
  return html`<div class="call"><header><code class="call-name"><${Text} value=${call.name} /></code></header><${Arguments} text=${call.arguments} /></div>`;
}

// What a model said with what it called: as recorded, where that is known, else as it asked.
function MessageBody({ message, calls = [] }) {
  const recorded = new Set(calls.map((call) => call.index));
  const asked = (message.calls ?? []).filter((_, index) => !recorded.has(index));
  return html`${message.text && html`<div class="message-text"><${Text} value=${message.text} /></div>`}
    ${calls.map((call) => html`<${RecordedCall} call=${call} asked=${message.calls[call.index]} />`)}${asked.map((call) => html`<${AskedCall} call=${call} />`)}
    ${!message.text && !calls.length && !asked.length && html`<p class="quiet">nothing</p>`}`;
}

// A message that only says again what is recorded of a call is folded.
function MessageShown({ message, calls, aside, again }) {
  const role = ROLES[message.kind] ?? message.kind;
  const body = html`<${MessageBody} message=${message} calls=${calls} />`;
  return html`<li class=${`message message-${message.kind}`}>
    <header><span class="role">${role}</span>${message.kind === "tool" && html`<code><${Text} value=${message.name} /></code>`}${aside}</header>
    ${again ? html`<${Fold} summary="as the model read it">${body}</${Fold}>` : body}
  </li>`;
}

// The turn of each message of the model's, by the message's place.
function turnsOf(messages) {
  let turn = 0;
  return messages.map((message) => (message.kind === "assistant" ? turn++ : null));
}

function Conversation({ rollout }) {
  const turns = turnsOf(rollout.messages);
  const callsOf = (turn) => (turn === null ? [] : rollout.calls.filter((call) => call.turn === turn));
  const recorded = new Set(rollout.messages.flatMap((message, place) => callsOf(turns[place]).map((call) => message.calls[call.index]?.id)));
  const outside = rollout.calls.filter((call) => !turns.includes(call.turn));
  const again = (message) => message.kind === "tool" && recorded.has(message.call_id);
  const shown = rollout.messages.map((message, index) => html`
    <${MessageShown} message=${message} calls=${callsOf(turns[index])} again=${again(message)} />`);
  return html`<h3>Conversation</h3>
    ${shown.length ? html`<ol class="messages">${shown}</ol>` : html`<p class="quiet">No message was kept.</p>`}
    ${outside.length > 0 && html`<h3>Further calls</h3>${outside.map((call) => html`<${RecordedCall} call=${call} />`)}`}`;
}

// ---- one rollout

function Facts({ facts }) {
  const known = facts.filter(([, value]) => value !== null && value !== "" && value !== undefined);
  return html`<dl class="facts">${known.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function usageText(usage) {
  const tokens = `${countOf(usage.input_tokens)} tokens in, ${countOf(usage.output_tokens)} out`;
  return `${usage.requests} ${usage.requests === 1 ? "request" : "requests"}, ${tokens}, ${usage.dollars === null ? "cost unknown" : dollarsOf(usage.dollars)}`;
}

function Scored({ rollout }) {
  const { score, why } = rollout;
  return html`<span class="scored"><span class=${scoreClass(score)}>${scoreText(score)}</span> ${why && html`<${Text} value=${why} />`}</span>`;
}

function RolloutShown({ rollout }) {
  const details = Object.keys(rollout.details).length > 0;
  return html`
    ${rollout.shortened && html`<p class="notice"><${Text} value=${rollout.shortened} /></p>`}
    <${Facts} facts=${[
      ["Answer", rollout.answer === null ? html`<span class="quiet">none</span>` : html`<${Text} value=${rollout.answer} />`],
      ["Score", html`<${Scored} rollout=${rollout} />`],
      ["End", `${ENDS[rollout.end] ?? rollout.end}${rollout.seconds ? `, after ${duration(rollout.seconds)}` : ""}`],
      ["Error", rollout.error && html`<${Text} value=${rollout.error} />`],
      ["Used", usageText(rollout.usage)],
      ["Offered", rollout.offered.length ? html`<${Text} value=${rollout.offered.join(", ")} />` : html`<span class="quiet">no functions</span>`],
    ]} />
    ${details && html`<${Fold} summary="Scorer's details"><${NamedValues} values=${rollout.details} /></${Fold}>`}
    <${Conversation} rollout=${rollout} />`;
}

function RepeatChoice({ rollouts, repeat, name }) {
  if (rollouts.length < 2) return null;
  return html`<label class="choice">Repeat ${" "}<select value=${String(repeat)} onChange=${(event) => setQuery({ [name]: event.currentTarget.value })}>
    ${rollouts.map(({ repeat: one, score }) => html`<option value=${String(one)}>${one + 1} of ${rollouts.length}: ${scoreText(score)}</option>`)}
  </select></label>`;
}

// ---- one evaluation of the task

function Attempt({ row, column, cell, query, name }) {
  return html`<article class="attempt" aria-label=${columnName(column)}>
    <h2>${columnName(column)}</h2>
    ${column.stopped && html`<p class="notice">This evaluation was stopped: <${Text} value=${column.stopped} /></p>`}
    ${column.missing && html`<p class="notice">Its trajectories cannot be shown: <${Text} value=${column.missing} /></p>`}
    ${!column.missing && !cell && html`<p class="notice">The task was not evaluated here.</p>`}
    ${!column.missing && cell && html`<${Rollouts} row=${row} column=${column} cell=${cell} query=${query} name=${name} />`}
  </article>`;
}

function Rollouts({ row, column, cell, query, name }) {
  const show = ({ rollouts }) => {
    const ofTask = rollouts.filter((rollout) => rollout.task === row.id);
    return html`<${OfTask} row=${row} rollouts=${ofTask} query=${query} name=${name} />`;
  };
  return html`<${WithDocument} name=${`trajectories/${column.event}/${cell.part}`} show=${show} />`;
}

function OfTask({ row, rollouts, query, name }) {
  const rollout = rollouts.find(({ repeat }) => String(repeat) === query[name]) ?? rollouts[0];
  if (!rollout) return html`<p class="notice">The page holds no trajectory of this task in this evaluation:${" "}
    it was left out to keep the file small, or the run does not have it.</p>`;
  return html`<${RepeatChoice} rollouts=${rollouts} repeat=${rollout.repeat} name=${name} />
    <${Asked} row=${row} rollout=${rollout} /><${RolloutShown} rollout=${rollout} />`;
}

function Asked({ row, rollout }) {
  const target = rollout.target ?? (row.target || null);
  const wanted = target === null ? html`<span class="quiet">not known</span>` : html`<${Value} value=${target} />`;
  return html`<div class="asked">
    <div class="question"><span class="label">Question</span> <${Text} value=${rollout.question || row.question || "not kept by this run"} /></div>
    <div class="target"><span class="label">Target</span> ${wanted}</div>
  </div>`;
}

function EvaluationChoice({ label, name, value, columns, none }) {
  return html`<label class="choice">${label} ${" "}<select value=${value} onChange=${(event) => setQuery({ [name]: event.currentTarget.value })}>
    ${none && html`<option value="">nothing</option>`}
    ${columns.map((column) => html`<option value=${String(column.event)}>${columnName(column)}: ${scoreText(column.cell?.score ?? null)}</option>`)}
  </select></label>`;
}

function TaskInFull({ tasks, split, id, query }) {
  const row = tasks.tasks.find((one) => one.split === split && one.id === id);
  if (!row && tasks.fault) return html`<${Empty} fault=${tasks.fault} />`;
  if (!row) return html`<p class="notice">The run holds no task <${Text} value=${id} /> in <${Text} value=${split} />.</p>`;
  const columns = tasks.columns.map((column, index) => ({ ...column, cell: row.cells[index] })).filter((column) => column.split === split);
  const evaluated = columns.filter(({ cell }) => cell);
  const chosen = columns.find(({ event }) => String(event) === query.e) ?? evaluated.at(-1);
  const beside = columns.find(({ event }) => String(event) === query.with);
  if (!chosen) return html`<p class="notice">The task was not evaluated.</p>`;
  const others = evaluated.filter(({ event }) => event !== chosen.event);
  return html`
    <div class="filters">
      <${EvaluationChoice} label="Evaluation" name="e" value=${String(chosen.event)} columns=${evaluated} />
      <${EvaluationChoice} label="Compare with" name="with" none value=${beside ? String(beside.event) : ""} columns=${others} />
    </div>
    <div class=${beside ? "attempts beside" : "attempts"}>
      <${Attempt} key=${chosen.event} row=${row} column=${chosen} cell=${chosen.cell} query=${query} name="r" />
      ${beside && html`<${Attempt} key=${beside.event} row=${row} column=${beside} cell=${beside.cell} query=${query} name="wr" />`}
    </div>`;
}

function TaskView({ path, query }) {
  const [split, id] = path;
  return html`<${Fragment}>
    <p class="back"><a href=${linkTo(["tasks"], { split })}>← All tasks</a></p>
    <h1>Task <${Text} value=${id} /></h1>
    <${WithDocument} name="tasks" show=${(tasks) => html`<${TaskInFull} tasks=${tasks} split=${split} id=${id} query=${query} />`} />
  </${Fragment}>`;
}

Views.task = { within: "tasks", document: "tasks", component: TaskView };
