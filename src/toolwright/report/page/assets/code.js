// Code as it is read: highlighted lines, differences to the version before, and what a model wrote as a call's arguments.
//
//   html`<${Source} lines=${version.source} />`   lines of (Pygments class, text) pairs
//   html`<${Diff} lines=${version.diff} />`       ("+" | "-" | " " | "@", text) pairs
//   html`<${Arguments} text=${call.arguments} />` JSON text; a member "code" is shown as lines of code

const TOKEN_CLASS = /^[a-z][a-z0-9]{0,3}$/;
const LONGEST_TO_COLOUR = 50_000;

function tokenClass(kind) {
  return TOKEN_CLASS.test(kind) ? `hl-${kind}` : null;
}

// Tokens are shown as text that hides nothing: source with bidi overrides reads otherwise than it runs.
function SourceLine({ tokens }) {
  return html`<span class="code-line">${tokens.map(([kind, text]) => html`<span class=${tokenClass(kind)}>${visible(text)}</span>`)}</span>${"\n"}`;
}

function Source({ lines, label = "source" }) {
  if (!lines.length) return html`<p class="quiet">No source.</p>`;
  return html`<pre class="code" tabindex="0" aria-label=${label}><code>${lines.map((tokens) => html`<${SourceLine} tokens=${tokens} />`)}</code></pre>`;
}

const DIFF_LINES = {
  "+": { tag: "ins", word: "added" },
  "-": { tag: "del", word: "removed" },
  " ": { tag: "span", word: "" },
  "@": { tag: "span", word: "" },
};

function diffClass(kind) {
  return { "+": "diff-added", "-": "diff-removed", "@": "diff-place" }[kind] ?? "diff-same";
}

function DiffLine({ kind, text }) {
  const { tag, word } = DIFF_LINES[kind] ?? DIFF_LINES[" "];
  return html`<span class=${`diff-line ${diffClass(kind)}`}>
    <span class="diff-sign" aria-hidden="true">${kind === "@" ? "" : kind}</span>
    ${word && html`<span class="unseen">${word}: </span>`}<${tag}>${visible(text)}</${tag}>
  </span>${"\n"}`;
}

function Diff({ lines }) {
  const shown = lines.map(([kind, text]) => html`<${DiffLine} kind=${kind} text=${text} />`);
  return html`<pre class="code diff" tabindex="0" aria-label="changes"><code>${shown}</code></pre>`;
}

// How many lines a difference adds and removes, for its heading.
function diffCounts(lines) {
  const count = (sign) => lines.filter(([kind]) => kind === sign).length;
  return `+${count("+")} −${count("-")}`;
}

const PYTHON_WORDS =
  "and as assert async await break class continue def del elif else except finally for from global if import in is " +
  "lambda nonlocal not or pass raise return try while with yield None True False";
const PYTHON = new RegExp(
  [
    /(?<c1>#[^\n]*)/,
    /(?<s2>[rbfuRBFU]{0,2}(?:"""[^]*?"""|'''[^]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))/,
    new RegExp(`(?<k>\\b(?:${PYTHON_WORDS.replaceAll(" ", "|")})\\b)`),
    /(?<mi>\b\d[\w.]*)/,
  ]
    .map((part) => part.source)
    .join("|"),
  "g",
);

// Python that came as plain text, in the form of highlighted source. It colours and decides nothing: a rough eye is enough.
function pythonLines(text) {
  if (text.length > LONGEST_TO_COLOUR) return text.split("\n").map((line) => [["", line]]);
  const lines = [[]];
  const push = (kind, part) =>
    part.split("\n").forEach((line, index) => {
      if (index) lines.push([]);
      if (line) lines.at(-1).push([kind, line]);
    });
  let end = 0;
  for (const match of text.matchAll(PYTHON)) {
    push("", text.slice(end, match.index));
    push(Object.keys(match.groups).find((name) => match.groups[name] !== undefined), match[0]);
    end = match.index + match[0].length;
  }
  push("", text.slice(end));
  return lines;
}

function objectOf(text) {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

// One value: text as it is, anything else as JSON on as many lines as it needs.
function Value({ value }) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, isFlat(value) ? 0 : 2);
  return html`<div class="value"><${Text} value=${text ?? "null"} /></div>`;
}

function isFlat(value) {
  return JSON.stringify(value)?.length <= 80;
}

function NamedValues({ values }) {
  const isCode = (name, value) => name === "code" && typeof value === "string";
  const shown = (name, value) => (isCode(name, value) ? html`<${Source} lines=${pythonLines(value)} label="code" />` : html`<${Value} value=${value} />`);
  return html`<dl class="named-values">${Object.entries(values).map(([name, value]) => html`
    <div class="named-value">
      <dt><${Text} value=${name} /></dt>
      <dd>${shown(name, value)}</dd>
    </div>`)}</dl>`;
}

// A call's arguments: JSON text as the model wrote it, or null where they were no object.
function Arguments({ text }) {
  const values = objectOf(text);
  if (values === null) return html`<${Value} value=${text} />`;
  return Object.keys(values).length ? html`<${NamedValues} values=${values} />` : html`<p class="quiet">no arguments</p>`;
}

// What is built only when it is opened, so that a page with much in it stays quick.
function Fold({ summary, open = false, children }) {
  const [opened, setOpened] = useState(open);
  return html`<details class="fold" open=${opened} onToggle=${(event) => setOpened(event.currentTarget.open)}>
    <summary>${summary}</summary>
    ${opened && children}
  </details>`;
}
