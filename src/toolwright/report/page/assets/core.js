// What every part of the page stands on: markup (htm on Preact), hooks, the registry of views, and the address, which
// holds the whole state of what is shown, so that a reload or a copied link shows the same.
//
//   Views.tasks = { title: "Tasks", component: Tasks };           a view gets { path, query } of the address:
//   Views.task = { within: "tasks", component: OneTask };         #/task/train/7?e=12 → ["train", "7"], { e: "12" }
//   linkTo(["task", "train", "7"], { e: 12 })                     "#/task/train/7?e=12"
//   setQuery({ page: 2, q: "" })                                  changes those, leaves the rest; "" and null leave out
//
// All parts share one scope: a name at the top level of a file is a name everywhere.

const { h, render, Fragment, createContext } = preact;
const { useState, useEffect, useLayoutEffect, useMemo, useRef, useContext, useCallback, useErrorBoundary, useId } = preactHooks;
const html = htm.bind(h);

// In the order of the navigation. `title`: its name there; `within`: the view it belongs to where it has no place of its
// own; `document`: the document it cannot do without, by default of the view's own name.
const Views = {};

function encodePart(text) {
  return encodeURIComponent(String(text).toWellFormed());
}

function linkTo(path, query = {}) {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const tail = pairs.map(([name, value]) => `${encodePart(name)}=${encodePart(value)}`).join("&");
  return `#/${path.map(encodePart).join("/")}${tail && `?${tail}`}`;
}

function decodePart(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function routeOf(hash) {
  const [path, ...tail] = hash.replace(/^#?\/?/, "").split("?");
  const pairs = tail.join("?").split("&").filter(Boolean).map((pair) => pair.split("=").map(decodePart));
  return { parts: path.split("/").filter(Boolean).map(decodePart), query: Object.fromEntries(pairs.map(([name, value = ""]) => [name, value])) };
}

const ADDRESS_CHANGED = "toolwright-address";

// What is chosen on a view is a state of its, not a place to go back to.
function setQuery(changes) {
  const { parts, query } = routeOf(location.hash);
  history.replaceState(null, "", linkTo(parts, { ...query, ...changes }));
  dispatchEvent(new Event(ADDRESS_CHANGED));
}

function useRoute() {
  const [route, setRoute] = useState(() => routeOf(location.hash));
  useEffect(() => {
    const read = () => setRoute(routeOf(location.hash));
    const names = ["hashchange", "popstate", ADDRESS_CHANGED];
    names.forEach((name) => addEventListener(name, read));
    return () => names.forEach((name) => removeEventListener(name, read));
  }, []);
  return route;
}

// The address as those see it who are not given it.
const Route = createContext({ parts: [], query: {} });

// Whether the page is dark now, for what is drawn rather than styled.
const Dark = createContext(false);
