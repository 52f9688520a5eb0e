// Text of models, tasks and functions, as a reader can trust it: shown, never obeyed.
//
//   html`<${Text} value=${answer} />`     whitespace kept, isolated from the text around it, folded where it is long
//   visible("a\u202Eb")                   "a⟦U+202E⟧b": what would hide or reorder is named instead
//
// Numbers as text: fixed(0.25, 1) "0.2", significant(0.00625, 2) "0.0062", share(0.123) "12.3 %", dollarsOf(null) "unknown",
// countOf(1234) "1,234", minutesOf(0.5) "30 s", secondsOf(0.01) "10 ms".

const LONG_TEXT = 2000; // characters
const LONG_LINES = 40;

// Controls but tab and newline, direction marks and overrides, what has no width, half surrogate pairs; an emoji keeps its
// joiner and the selector of its looks.
const UNSEEN = new RegExp(
  [
    /[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f]/,
    /[\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e007f}\u{e0100}-\u{e01ef}]/u,
    /(?<!\p{Extended_Pictographic}\ufe0f?|\p{Emoji_Modifier})\u200d/u,
    /(?<!\p{Extended_Pictographic}|[0-9#*](?=\ufe0f\u20e3))[\ufe0e\ufe0f]/u,
    /\p{Surrogate}/u,
  ]
    .map((part) => part.source)
    .join("|"),
  "gu",
);
const PILED_MARKS = /(\p{M}{6})\p{M}+/gu; // marks upon marks draw over the lines around them

function visible(text) {
  return String(text)
    .replace(/\r\n/g, "\n")
    .replace(UNSEEN, (character) => `⟦U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟧`)
    .replace(PILED_MARKS, "$1⟦…⟧");
}

// Where a long text is cut: not in the middle of a character, nor after more lines than a screen has.
function foldAt(text, limit) {
  let end = -1;
  for (let line = 0; line < LONG_LINES; line += 1) {
    end = text.indexOf("\n", end + 1);
    if (end < 0 || end > limit) break;
  }
  const cut = end < 0 ? limit : Math.min(end, limit);
  return /[\ud800-\udbff]/.test(text[cut - 1] ?? "") ? cut - 1 : cut;
}

function Text({ value, limit = LONG_TEXT }) {
  const [open, setOpen] = useState(false);
  const text = String(value ?? "");
  const cut = foldAt(text, limit);
  const long = text.length > cut * 1.1 + 80;
  return html`<${Fragment}>
    <bdi class="text">${visible(long && !open ? text.slice(0, cut) : text)}</bdi>
    ${long && html` <button type="button" class="fold-text" aria-expanded=${open} onClick=${() => setOpen(!open)}>
      ${open ? "show less" : `… show all ${countOf(text.length)} characters`}
    </button>`}
  </${Fragment}>`;
}

// As Python rounds: a tie goes to the even digit, so that the page and the report's sentences agree.
function fixed(value, digits) {
  const rounded = value.toFixed(digits); // a tie: away from zero
  const exact = value.toFixed(100);
  const end = exact.indexOf(".") + 1 + digits;
  const tie = /^50*$/.test(exact.slice(end));
  return tie && "13579".includes(rounded.at(-1)) ? exact.slice(0, digits ? end : end - 1) : rounded;
}

// No trailing zeros; digits before the point stay.
function significant(value, digits) {
  const exponent = Number(value.toExponential().split("e")[1]);
  return String(fixed(value, Math.min(100, Math.max(0, digits - 1 - exponent)))).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
}

const unknown = (value) => value === null || value === undefined;

function share(value, digits = 1) {
  return unknown(value) ? "–" : `${fixed(100 * value, digits)} %`;
}

function signed(value, digits = 1) {
  return `${value > 0 ? "+" : value < 0 ? "−" : "±"}${fixed(Math.abs(value), digits)}`;
}

function countOf(value) {
  return unknown(value) ? "–" : Number(fixed(value, 0)).toLocaleString("en-US");
}

function manyOf(count, what) {
  return `${countOf(count)} ${what}${count === 1 ? "" : "s"}`;
}

// To the cent from ten cents on; a small amount has digits that say something.
function dollarsOf(value) {
  if (unknown(value)) return "unknown";
  if (value >= 0.1 || value === 0) return `$${fixed(value, 2)}`;
  return `$${value >= 0.001 ? fixed(value, 4) : significant(value, 2)}`;
}

function minutesOf(minutes) {
  if (minutes < 1) return `${fixed(60 * minutes, 0)} s`;
  return minutes < 90 ? `${fixed(minutes, 1)} min` : `${fixed(minutes / 60, 1)} h`;
}

function secondsOf(seconds) {
  if (seconds >= 0.05 || seconds === 0) return `${fixed(seconds, 1)} s`;
  return `${seconds < 0.01 ? significant(1000 * seconds, 2) : fixed(1000 * seconds, 0)} ms`;
}
