import { InputError } from "../errors.js";

/** A variable names a proxy that cannot be used. */
export class ProxyError extends InputError {}

type Environment = Readonly<Record<string, string | undefined>>;

/** A variable in either spelling; as curl does, the one in small letters counts first. */
function variable(
  environment: Environment,
  name: string,
): { name: string; value: string } | undefined {
  for (const spelling of [name.toLowerCase(), name]) {
    const value = environment[spelling]?.trim();
    if (value) return { name: spelling, value };
  }
  return undefined;
}

/** Whether a rule of NO_PROXY is met: `*`, a host and all below it, with or without a port. */
function isMet(rule: string, { hostname, port, protocol }: URL): boolean {
  if (rule === "*") return true;
  const [, host = "", rulePort] = /^(.*?)(?::(\d+))?$/.exec(rule) ?? [];
  const own = port || (protocol === "https:" ? "443" : "80");
  if (rulePort !== undefined && rulePort !== own) return false;
  const domain = host.toLowerCase().replace(/^\*?\./, "");
  return domain !== "" && (hostname === domain || hostname.endsWith(`.${domain}`));
}

/**
 * The proxy that the environment names for an address: HTTPS_PROXY or HTTP_PROXY, else ALL_PROXY; none where NO_PROXY
 * has its host.
 *
 * @throws ProxyError where it is no address of an HTTP proxy
 */
export function proxyFor(address: URL, environment: Environment): URL | undefined {
  const own = address.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const found = variable(environment, own) ?? variable(environment, "ALL_PROXY");
  if (found === undefined) return undefined;
  const rules = variable(environment, "NO_PROXY")?.value.split(/[\s,]+/) ?? [];
  if (rules.some((rule) => isMet(rule, address))) return undefined;
  const { name, value } = found;
  const text = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  if (proxy && (proxy.protocol === "http:" || proxy.protocol === "https:")) return proxy;
  // Not the value: it may hold a password.
  const got = proxy ? `a proxy of ${proxy.protocol.slice(0, -1)}` : "something that is no address";
  const expected =
    "an HTTP proxy, such as http://host:8080 (or MNIST's files in a folder: FOVEA_DATA)";
  throw new ProxyError(name, expected, got);
}

/** A proxy's address for people, without name and password. */
export function proxyName({ protocol, host }: URL): string {
  return `${protocol}//${host}`;
}
