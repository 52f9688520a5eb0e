// Charts: a Vega-Lite specification with its data in it, drawn as SVG by Vega's interpreter, which needs no eval.
//
//   html`<${Chart} spec=${overview.charts.loss} />`
//
// The page gives type and colours for light and dark; the data is a table below, for who cannot see the chart.

const LEGEND_COLUMN = 190; // pixels of a legend's entry
const LEGEND_LABEL = 155;
const LEGEND_TITLE = 60;
const OKABE_ITO = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];
const OKABE_ITO_ON_DARK = ["#56B4E9", "#F0A060", "#2BC59A", "#E39AC3", "#E69F00", "#8FCFF5"];

// A chart loads nothing: neither data nor images nor links, whatever its specification says.
const NOTHING_LOADS = {
  load: () => Promise.reject(new Error("a chart of this page loads nothing")),
  sanitize: () => Promise.reject(new Error("a chart of this page links nowhere")),
};

function chartConfig(dark, columns) {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const [text, quiet, line] = ["--text", "--quiet", "--line"].map(colour);
  const type = { labelFontSize: 11.5, titleFontSize: 11.5, titleFontWeight: "normal", titleLimit: 260, labelLimit: 220 };
  const labels = { labelColor: quiet, titleColor: quiet, ...type };
  const symbols = { symbolStrokeWidth: 2, symbolBaseFillColor: quiet, symbolBaseStrokeColor: quiet, symbolSize: 70 };
  const below = { orient: "bottom", layout: { bottom: { anchor: "start", direction: "vertical", margin: 8 } } };
  return {
    background: null,
    font: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif',
    view: { stroke: null },
    axis: { ...labels, domainColor: line, tickColor: line, gridColor: line, gridOpacity: 0.6, tickSize: 4, labelPadding: 5, titlePadding: 8 },
    axisX: { grid: false, labelAngle: 0, labelOverlap: true },
    axisY: { domain: false, ticks: false },
    legend: { ...labels, ...symbols, ...below, labelLimit: LEGEND_LABEL, columns, titleOrient: columns > 1 ? "left" : "top" },
    header: labels,
    title: { color: text, subtitleColor: quiet, fontSize: 13, fontWeight: 600, anchor: "start" },
    range: { category: dark ? OKABE_ITO_ON_DARK : OKABE_ITO },
    text: { color: text },
    rule: { color: quiet },
  };
}

// A specification as it is drawn: every text of its data safe to see, and on a dark ground the palette's lighter colours.
function drawable(value, dark) {
  if (typeof value === "string") return (dark && OKABE_ITO_ON_DARK[OKABE_ITO.indexOf(value.toUpperCase())]) || visible(value);
  if (Array.isArray(value)) return value.map((item) => drawable(item, dark));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, drawable(item, dark)]));
}

function compiled(spec, { dark, columns }, logger) {
  const { title, ...rest } = spec;
  const { spec: full } = vegaLite.compile(drawable(rest, dark), { config: chartConfig(dark, columns), logger });
  return vega.parse({ ...full, axes: full.axes?.map(withinItsBand) }, {}, { ast: true });
}

// A name below or above a narrow band ends with it, not outside of the chart.
function withinItsBand(axis) {
  const across = axis.labels !== false && ["top", "bottom"].includes(axis.orient) && axis.scale === "x";
  return across ? { ...axis, labelLimit: { signal: `bandwidth("x") ? max(24, bandwidth("x") - 4) : 220` } } : axis;
}

// Warnings are about the specification's style; that data was not loaded is none of them.
function chartLogger(failed) {
  const logger = {};
  const fail = (...texts) => failed(new Error(texts.join(" ")));
  const warn = (...texts) => {
    if (texts[0] === "Loading failed") fail(...texts);
    return logger;
  };
  return Object.assign(logger, { level: () => logger, info: () => logger, debug: () => logger, warn, error: (...texts) => (fail(...texts), logger) });
}

// Draws into the element; gives what takes it away again.
function drawn(element, spec, look, failed) {
  const logger = chartLogger(failed);
  const view = new vega.View(compiled(spec, look, logger), { expr: vegaInterpreter.expressionInterpreter, renderer: "svg", loader: NOTHING_LOADS, logger });
  view.tooltip(tooltip(element)).initialize(element).runAsync().catch(failed);
  const observer = spec.width === "container" && new ResizeObserver(() => view.signal("width", element.clientWidth).runAsync().catch(failed));
  if (observer) observer.observe(element);
  return () => {
    if (observer) observer.disconnect();
    view.finalize();
    element.replaceChildren();
  };
}

function tooltip(element) {
  return (handler, event, item, value) => {
    element.querySelector(".tooltip")?.remove();
    if (value === null || value === undefined || value === "") return;
    const box = document.createElement("div");
    box.className = "tooltip";
    const pairs = typeof value === "object" ? Object.entries(value) : [["", value]];
    for (const [name, shown] of pairs) {
      const line = box.appendChild(document.createElement("div"));
      line.appendChild(document.createElement("span")).textContent = visible(name);
      line.appendChild(document.createElement("b")).textContent = visible(shown);
    }
    element.append(box);
    const frame = element.getBoundingClientRect();
    const left = Math.min(event.clientX - frame.left + 12, frame.width - box.offsetWidth);
    box.style.left = `${Math.max(0, left)}px`;
    box.style.top = `${event.clientY - frame.top + 14}px`;
  };
}

// The rows of data in a specification, as they lie in it: its own, and those of its layers.
function dataOf(spec) {
  if (spec === null || typeof spec !== "object") return [];
  if (Array.isArray(spec)) return spec.flatMap(dataOf);
  const own = Array.isArray(spec.data?.values) ? [spec.data.values] : [];
  const named = Object.values(spec.datasets ?? {}).filter(Array.isArray);
  const inner = ["layer", "concat", "hconcat", "vconcat", "spec"].flatMap((key) => dataOf(spec[key]));
  return [...own, ...named, ...inner].filter((rows) => rows.length && typeof rows[0] === "object");
}

function cellText(value) {
  if (typeof value === "number" && !Number.isInteger(value)) return Number(significant(value, 5));
  return value !== null && typeof value === "object" ? JSON.stringify(value) : value;
}

function ChartData({ spec, title }) {
  const [open, setOpen] = useState(false);
  const tables = [...new Set(dataOf(spec))];
  if (!tables.length) return null;
  return html`<details class="chart-data" onToggle=${(event) => setOpen(event.currentTarget.open)}>
    <summary>Table of this chart</summary>
    ${open && tables.map((rows, place) => {
      const keys = [...new Set(rows.flatMap(Object.keys))];
      const columns = keys.map((key) => ({ key, title: key, numeric: rows.some((row) => typeof row[key] === "number"), value: (row) => cellText(row[key]) }));
      return html`<${Table} label=${`data of ${title}${place ? ` ${place + 1}` : ""}`} columns=${columns} rows=${rows} />`;
    })}
  </details>`;
}

// How many of a legend's entries have room beside each other.
function useColumns(place) {
  const [columns, setColumns] = useState(1);
  useLayoutEffect(() => {
    const read = () => setColumns(Math.max(1, Math.min(4, Math.floor((place.current.clientWidth - LEGEND_TITLE) / LEGEND_COLUMN))));
    const observer = new ResizeObserver(read);
    read();
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  return columns;
}

function titleOf(spec) {
  const title = spec.title ?? "";
  return typeof title === "object" ? { text: [title.text].flat().join(" "), subtitle: [title.subtitle ?? ""].flat().join(" ") } : { text: title, subtitle: "" };
}

function Chart({ spec }) {
  const place = useRef(null);
  const [error, setError] = useState(null);
  const dark = useContext(Dark);
  const columns = useColumns(place);
  const key = JSON.stringify(spec);
  const { text, subtitle } = titleOf(spec);
  useLayoutEffect(() => {
    setError(null);
    try {
      return drawn(place.current, spec, { dark, columns }, setError);
    } catch (problem) {
      setError(problem);
      return undefined;
    }
  }, [key, dark, columns]);
  return html`<figure class="chart">
    ${text && html`<figcaption><${Text} value=${text} />${subtitle && html`<small><${Text} value=${subtitle} /></small>`}</figcaption>`}
    <div class="canvas" ref=${place}></div>
    ${error && html`<p class="problem">This chart cannot be drawn: <${Text} value=${error.message} /></p>`}
    <${ChartData} spec=${spec} title=${text || "the chart"} />
  </figure>`;
}
