// Which page is open, and its settings: all of it in the address after the #, so that a link reproduces what is seen
// and no server is asked. `#/train?model=stn&seed=3`

export const pageNames = ["look", "train", "runs", "learn"] as const;
export type PageName = (typeof pageNames)[number];

export interface Route {
  readonly page: PageName;
  readonly settings: URLSearchParams;
}

function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const page = pageNames.find((name) => name === path) ?? "look";
  return { page, settings: new URLSearchParams(query) };
}

let current = $state.raw(parseRoute(location.hash));
addEventListener("hashchange", () => {
  current = parseRoute(location.hash);
});

/** The open page; reading it in a component follows the address. */
export function route(): Route {
  return current;
}

/** The address of a page with settings. */
export function addressOf(page: PageName, settings?: URLSearchParams): string {
  const query = settings?.toString();
  return query ? `#/${page}?${query}` : `#/${page}`;
}

/** Writes settings of the open page into the address, without a new entry in the browser's history. */
export function keepSettings(settings: URLSearchParams): void {
  history.replaceState(null, "", addressOf(current.page, settings));
}
