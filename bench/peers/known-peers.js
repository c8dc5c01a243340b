import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { classifierNames, modelNames } from "../../dist/index.js";

const here = (file) => fileURLToPath(new URL(file, import.meta.url));

/** Libraries that Fovea can be compared with. Each Python library is listed once; every interpreter may have it. */
export const knownPeers = [
  {
    id: "pytorch",
    title: "PyTorch",
    module: "torch",
    script: "pytorch_peer.py",
    options: ["eager"],
    models: modelNames,
    evaluates: true,
  },
  {
    id: "pytorch-compile",
    title: "PyTorch with torch.compile",
    module: "torch._inductor",
    script: "pytorch_peer.py",
    options: ["compile"],
    models: modelNames,
    evaluates: true,
  },
  {
    id: "jax",
    title: "JAX",
    module: "jax",
    script: "jax_peer.py",
    models: classifierNames,
    evaluates: true,
  },
  {
    id: "jax-js",
    title: "jax-js",
    package: "@jax-js/jax",
    script: "jax-js-peer.js",
    models: ["cnn", "stn"],
    evaluates: false,
  },
  {
    id: "tfjs",
    title: "TensorFlow.js",
    package: "@tensorflow/tfjs",
    script: "tfjs-peer.js",
    models: ["cnn", "stn"],
    evaluates: false,
  },
];

/**
 * The commands that start the installed peers, and the peers that are not installed.
 *
 * @param {readonly string[]} pythons interpreters
 */
export function findPeers(pythons) {
  const modules = new Map(pythons.map((python) => [python, installedModules(python)]));
  const found = knownPeers.flatMap((peer) => commandsOf(peer, modules));
  const isMissing = ({ id }) => !found.some((each) => each.peer.id === id);
  return { found, missing: knownPeers.filter(isMissing) };
}

function commandsOf(peer, modules) {
  const script = here(`./${peer.script}`);
  if (peer.package !== undefined) {
    // JavaScript on one thread.
    const isInstalled = existsSync(here(`./node_modules/${peer.package}/package.json`));
    return isInstalled ? [{ peer, command: [process.execPath, script], mostThreads: 1 }] : [];
  }
  return [...modules]
    .filter(([, names]) => names.includes(peer.module))
    .map(([python]) => ({
      peer,
      command: [python, script, ...(peer.options ?? [])],
      mostThreads: Infinity,
    }));
}

/** How to install a peer, for messages. */
export function howToInstall({ package: name, module }) {
  return name === undefined
    ? `no --python has ${module}`
    : "npm ci --prefix bench/peers --ignore-scripts";
}

function installedModules(python) {
  const wanted = knownPeers.flatMap(({ module }) => module ?? []);
  // A module inside a package that is missing is an error to `find_spec`.
  const code = `
import importlib.util, sys
def has(name):
    package = name.rpartition(".")[0]
    return (not package or has(package)) and importlib.util.find_spec(name) is not None
print(*filter(has, sys.argv[1:]))`;
  try {
    const options = { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
    return execFileSync(python, ["-c", code, ...wanted], options).split(/\s+/);
  } catch {
    return [];
  }
}
