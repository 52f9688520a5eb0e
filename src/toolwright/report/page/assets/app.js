// The page itself: header, navigation, the view that the address names, light and dark.

const THEMES = ["auto", "light", "dark"];
const THEME_GLYPHS = { auto: "◐", light: "☀", dark: "☾" };
const THEME_KEY = "toolwright-theme";

// A browser may keep nothing for a file, or for a page without a name.
function keptTheme() {
  try {
    return THEMES.find((theme) => theme === localStorage.getItem(THEME_KEY)) ?? "auto";
  } catch {
    return "auto";
  }
}

function keepTheme(theme) {
  try {
    localStorage.setItem(THEME_KEY, theme);
  } catch {
    // it holds until the page is closed
  }
}

function useTheme() {
  const [theme, setTheme] = useState(keptTheme);
  const [darkOutside, setDarkOutside] = useState(() => matchMedia("(prefers-color-scheme: dark)").matches);
  useEffect(() => {
    const query = matchMedia("(prefers-color-scheme: dark)");
    const read = () => setDarkOutside(query.matches);
    query.addEventListener("change", read);
    return () => query.removeEventListener("change", read);
  }, []);
  const dark = theme === "auto" ? darkOutside : theme === "dark";
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  const next = () => {
    const changed = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    keepTheme(changed);
    setTheme(changed);
  };
  return { theme, dark, next };
}

const placesOf = () => Object.entries(Views).filter(([name, view]) => view.title && !view.within && hasDocument(view.document ?? name));

function Navigation({ current }) {
  return html`<nav aria-label="views"><ul>${placesOf().map(([name, { title }]) => html`
    <li><a href=${linkTo([name])} aria-current=${name === current ? "page" : null}>${title}</a></li>`)}</ul></nav>`;
}

function ConnectionState({ overview }) {
  const { status } = useWatched();
  const over = overview && overview.state !== "running" && status === "live";
  const glyph = { live: "●", connecting: "…", "connection lost": "×" }[status];
  return html`<span class=${`connection connection-${status.replace(" ", "-")}`} role="status">
    ${!over && html`<span class="glyph" aria-hidden="true">${glyph}</span> ${status}`}</span>`;
}

function RunName() {
  const { value: overview } = useDocument("overview");
  return html`${overview && html`<span class="run"><${Text} value=${overview.run} limit=${80} /></span><${RunState} state=${overview.state} />`}
    ${isLive && html`<${ConnectionState} overview=${overview} />`}`;
}

function Header({ current, theme, onTheme }) {
  return html`<header class="top">
    <div class="bar">
      <a class="brand" href=${linkTo([])}>Toolwright</a>
      ${hasDocument("overview") && html`<${RunName} />`}
      <button type="button" class="theme" onClick=${onTheme} aria-label=${`colours: ${theme}`}>
        ${THEME_GLYPHS[theme]}<span> ${theme}</span></button>
    </div>
    <${Navigation} current=${current} />
  </header>`;
}

function NoSuchView({ name }) {
  return html`<h1>There is no view "${visible(name)}"</h1><p><a href="#/">To the beginning</a></p>`;
}

// A view that fails says so, and the page around it goes on.
function View({ name, path, query }) {
  const [error, forget] = useErrorBoundary();
  const address = path.join("/");
  useEffect(() => error && forget(), [name, address]);
  if (error) return html`<p class="problem" role="alert">This view failed: <${Text} value=${error.message ?? error} /></p>`;
  const view = Object.hasOwn(Views, name) ? Views[name] : null;
  return view ? html`<${view.component} path=${path} query=${query} />` : html`<${NoSuchView} name=${name} />`;
}

// Who follows a link goes on reading in the new view, with a screen reader, too.
function useFocusOn(element, address) {
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) {
      element.current.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    first.current = false;
  }, [address]);
}

function App() {
  const route = useRoute();
  const { theme, dark, next } = useTheme();
  const main = useRef(null);
  const [name = placesOf()[0]?.[0] ?? "overview", ...path] = route.parts;
  const current = Views[name]?.within ?? name;
  const address = [name, ...path].join("/");
  useFocusOn(main, address);
  useEffect(() => {
    document.title = [visible(path.at(-1) ?? ""), Views[current]?.title, "Toolwright"].filter(Boolean).join(" - ");
  }, [address]);
  const toMain = (event) => {
    event.preventDefault(); // the address is the view's
    main.current.focus();
  };
  return html`<${Route.Provider} value=${route}><${Dark.Provider} value=${dark}>
    <a class="skip" href="#main" onClick=${toMain}>Skip to the content</a>
    <${Header} current=${current} theme=${theme} onTheme=${next} />
    <main id="main" tabindex="-1" ref=${main}><${View} key=${name} name=${name} path=${path} query=${route.query} /></main>
  </${Dark.Provider}></${Route.Provider}>`;
}

if (isLive) watchServer();
const root = document.getElementById("app");
root.replaceChildren();
render(html`<${App} />`, root);
