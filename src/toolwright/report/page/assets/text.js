// Text of models, tasks and functions, as a reader can trust it: shown, never obeyed.
//
//   html`<${Text} value=${answer} />`     whitespace kept, isolated from the text around it, folded where it is long
//   visible("a\u202Eb")                   "a⟦U+202E⟧b": what would hide or reorder is named instead
//
// Numbers as text: share(0.123) "12.3 %", dollarsOf(null) "unknown", countOf(1234) "1,234", minutesOf(0.5) "30 s".

const LONG_TEXT = 2000; // characters
const LONG_LINES = 40;

// Controls but tab and newline, direction marks and overrides, zero width but an emoji's joiner, half surrogate pairs.
const UNSEEN = /[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{e0000}-\u{e007f}]|(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d|\p{Surrogate}/gu;
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
    ${long && html` <button type="button" class="fold-text" aria-expanded=${open} onClick=${() => setOpen(!open)}>${open ? "show less" : `… show all ${countOf(text.length)} characters`}</button>`}
  </${Fragment}>`;
}

function share(value, digits = 1) {
  return value === null || value === undefined ? "–" : `${(100 * value).toFixed(digits)} %`;
}

function countOf(value) {
  return value === null || value === undefined ? "–" : Math.round(value).toLocaleString("en-US");
}

function dollarsOf(value) {
  if (value === null || value === undefined) return "unknown";
  return `$${value.toFixed(value >= 1 || value === 0 ? 2 : 4)}`;
}

function minutesOf(minutes) {
  if (minutes < 1) return `${Math.round(60 * minutes)} s`;
  return minutes < 90 ? `${minutes.toFixed(1)} min` : `${(minutes / 60).toFixed(1)} h`;
}
