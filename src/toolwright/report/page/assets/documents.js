// The documents of a run, by name: out of this file, or from the server this page came from, where it is live.
//
//   const { value, error } = useDocument("tasks");              neither: it is being read; both: it was, and is older now
//   html`<${WithDocument} name="tasks" show=${(tasks) => …} />`  the same, with what to say meanwhile
//   load("steps/2-0").then((step) => …)
//
// The server says on a stream of events that the run went on; then every document that is shown is read again.

const KEPT = 12; // parsed documents of this file; those of trajectories are megabytes
const BETWEEN_READS = 300; // ms; a run can tell a hundred events in a second
const RECONNECT = 2000; // ms

const isLive = document.querySelector('meta[name="toolwright-live"]') !== null;
const embedded = new Map([...document.querySelectorAll('script[type="application/gzip"]')].map((element) => [element.dataset.name, element]));

function hasDocument(name) {
  return isLive ? name !== "comparison" : embedded.has(name);
}

const load = isLive ? serverReader() : fileReader();

function fileReader() {
  const kept = new Map();
  return (name) => {
    if (!embedded.has(name)) return Promise.reject(new Error(`This page does not hold the document "${name}".`));
    const found = kept.get(name) ?? unpacked(embedded.get(name).textContent);
    kept.delete(name);
    kept.set(name, found);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value);
    return found;
  };
}

function unpacked(base64) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}

// One request for a document at a time, and one after it for all who asked meanwhile.
function serverReader() {
  const reads = new Map();
  const start = (name, read) => {
    read.running = fetched(name, read).finally(() => (read.running = null));
    return read.running;
  };
  return (name) => {
    if (!reads.has(name)) reads.set(name, { running: null, next: null, tag: null, value: null });
    const read = reads.get(name);
    if (!read.running) return start(name, read);
    read.next ??= read.running.catch(() => null).then(() => {
      read.next = null;
      return start(name, read);
    });
    return read.next;
  };
}

async function fetched(name, read) {
  const path = `documents/${name.split("/").map(encodePart).join("/")}`;
  const reply = await fetch(path, { headers: read.tag ? { "If-None-Match": read.tag } : {}, cache: "no-store" }).catch(() => {
    throw new Error("The viewer that served this page does not answer.");
  });
  if (reply.status === 304) return read.value;
  if (!reply.ok) throw new Error(`The server has no document "${name}" now (${reply.status} ${await reply.text()}).`.slice(0, 500));
  read.value = await reply.json();
  read.tag = reply.headers.get("ETag");
  return read.value;
}

// Whether the run goes on: "file", "connecting", "live", "connection lost"; `news` counts what was heard of it.
const watched = { status: isLive ? "connecting" : "file", news: 0 };
const WATCHED_CHANGED = "toolwright-watched";

function tellWatched(changes) {
  Object.assign(watched, changes);
  dispatchEvent(new Event(WATCHED_CHANGED));
}

function watchServer() {
  let timer = null;
  const source = new EventSource("events");
  source.onopen = () => tellWatched({ status: "live" });
  source.onmessage = () => {
    timer ??= setTimeout(() => {
      timer = null;
      tellWatched({ status: "live", news: watched.news + 1 });
    }, watched.news ? BETWEEN_READS : 0);
  };
  source.onerror = () => {
    tellWatched({ status: "connection lost" });
    if (source.readyState === EventSource.CLOSED) setTimeout(watchServer, RECONNECT);
  };
}

function useWatched() {
  const [seen, setSeen] = useState({ ...watched });
  useEffect(() => {
    const read = () => setSeen({ ...watched });
    read();
    addEventListener(WATCHED_CHANGED, read);
    return () => removeEventListener(WATCHED_CHANGED, read);
  }, []);
  return seen;
}

function useDocument(name) {
  const { news } = useWatched();
  const [shown, setShown] = useState({ name });
  const wanted = useRef(null);
  wanted.current = name;
  useEffect(() => {
    const show = (changes) => wanted.current === name && setShown((before) => ({ ...(before.name === name ? before : { name }), ...changes }));
    load(name).then((value) => show({ value, error: undefined }), (error) => show({ error }));
  }, [name, news]);
  useEffect(() => () => (wanted.current = null), []);
  return shown.name === name ? shown : { name };
}

function WithDocument({ name, show }) {
  const { value, error } = useDocument(name);
  return html`<${Fragment}>
    ${error && html`<p class="problem" role="alert">${value ? "This may be out of date. " : "This cannot be shown. "}<${Text} value=${error.message} /></p>`}
    ${value ? show(value) : !error && html`<p class="quiet" role="status">Reading …</p>`}
  </${Fragment}>`;
}

// In the place of what a document does not hold: `fault` is what of the run's record could not be read.
function Empty({ fault, children }) {
  return fault ? html`<p class="problem" role="alert">This cannot be shown: <${Text} value=${fault} /></p>` : html`<p class="quiet">${children}</p>`;
}
