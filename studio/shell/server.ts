import {
  apiPaths,
  type DataAnswer,
  type Refusal,
  serverMark,
  tokenHeader,
  tokenSetting,
} from "../../src/studio-server/api.js";

// The page's way to the server of `fovea studio`, where it has one. The token comes with the address and leaves it at
// once, so that no link or picture of the screen has it. A tab keeps it over a reload.

const storageKey = `fovea-token ${location.pathname}`;

/** Whether a server of Fovea gave this page; else it is a static site. */
export const hasServer = document.querySelector(`meta[name="${serverMark}"]`) !== null;

function takeToken(): void {
  const [path, query = ""] = location.hash.split("?", 2);
  const settings = new URLSearchParams(query);
  const token = settings.get(tokenSetting);
  if (token === null) return;
  settings.delete(tokenSetting);
  const rest = settings.toString();
  history.replaceState(null, "", rest === "" ? path : `${path}?${rest}`);
  sessionStorage.setItem(storageKey, token);
}
takeToken();
addEventListener("hashchange", takeToken);

/** Why the server did not do what it was asked to. */
export class ServerProblem extends Error {
  constructor(
    message: string,
    /** The answer's status; undefined where there was none. */
    readonly status: number | undefined,
  ) {
    super(message);
  }
}

/**
 * Asks the server.
 *
 * @param path one of `apiPaths`, with what follows it
 * @param body sent as JSON
 * @throws ServerProblem where it cannot be reached, or refuses
 */
export async function askServer(
  path: string,
  { body, signal }: { readonly body?: unknown; readonly signal?: AbortSignal } = {},
): Promise<Response> {
  const token = sessionStorage.getItem(storageKey) ?? "";
  const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const answer = await fetch(path, {
    ...sent,
    headers: { [tokenHeader]: token },
    cache: "no-store",
    ...(signal && { signal }),
  }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ServerProblem("The server does not answer.", undefined);
  });
  if (answer.ok) return answer;
  const refusal: Partial<Refusal> = await answer.json().catch(() => ({}));
  throw new ServerProblem(refusal.problem ?? `status ${answer.status}`, answer.status);
}

/** Data on the server's machine; none without a server. */
export async function dataOfServer(): Promise<DataAnswer["sets"]> {
  if (!hasServer) return [];
  const answer: DataAnswer = await (await askServer(apiPaths.data)).json();
  return answer.sets;
}

/** The bytes of one of the files of MNIST, by its role. */
export async function mnistOfServer(role: string): Promise<Uint8Array> {
  const answer = await askServer(`${apiPaths.data}/mnist/${encodeURIComponent(role)}`);
  return new Uint8Array(await answer.arrayBuffer());
}
