// Networks between a server and workers that can be cut: network namespaces, or relays where those are not allowed.
import { execFileSync } from "node:child_process";
import { connect, createServer } from "node:net";

/**
 * How a worker reaches a server.
 *
 * @typedef {object} Link
 * @property {string} host the server's address as the worker sees it
 * @property {(port: number) => Promise<number>} open the port there
 * @property {readonly string[]} command begins the worker's command
 * @property {() => void} cut nothing passes any more, in either direction, and nobody is told
 * @property {() => void} heal
 * @property {() => void} remove
 */

const ip = (/** @type {readonly string[]} */ ...args) =>
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });

/** Whether this process may make network namespaces. */
export function mayUnshare() {
  const name = `fovea-try-${process.pid}`;
  try {
    ip("netns", "add", name);
    ip("netns", "del", name);
    return true;
  } catch {
    return false;
  }
}

/**
 * A network namespace with a cable to this one.
 *
 * @param {number} index of the link, 0..63
 * @returns {Link}
 */
export function namespaceLink(index) {
  const name = `fovea-${process.pid}-${index}`;
  const [here, there] = [`fv${process.pid}a${index}`, `fv${process.pid}b${index}`];
  // Of the process and the link, so that tests beside each other do not share networks.
  const net = `10.${64 + (process.pid & 127)}.${(((process.pid >> 7) & 3) << 6) | index}`;
  ip("netns", "add", name);
  ip("link", "add", here, "type", "veth", "peer", "name", there);
  ip("link", "set", there, "netns", name);
  ip("addr", "add", `${net}.1/24`, "dev", here);
  ip("link", "set", here, "up");
  ip("netns", "exec", name, "ip", "addr", "add", `${net}.2/24`, "dev", there);
  ip("netns", "exec", name, "ip", "link", "set", there, "up");
  ip("netns", "exec", name, "ip", "link", "set", "lo", "up");
  return {
    host: `${net}.1`,
    open: async (port) => port,
    command: ["ip", "netns", "exec", name],
    cut: () => void ip("link", "set", here, "down"),
    heal: () => void ip("link", "set", here, "up"),
    remove: () => void ip("netns", "del", name),
  };
}

/**
 * A relay that can hold everything back.
 *
 * @returns {Link}
 */
export function relayLink() {
  /** @type {Set<import("node:net").Socket>} */
  const sockets = new Set();
  let isCut = false;
  /** @type {import("node:net").Server[]} */
  const servers = [];
  return {
    host: "127.0.0.1",
    open: (port) => {
      const server = createServer((near) => {
        const far = connect(port, "127.0.0.1");
        for (const [from, to] of [
          [near, far],
          [far, near],
        ]) {
          sockets.add(from);
          from.on("data", (bytes) => to.write(bytes));
          from.on("error", () => to.destroy());
          from.on("close", () => {
            sockets.delete(from);
            to.destroy();
          });
          if (isCut) from.pause();
        }
      });
      servers.push(server);
      return new Promise((resolve) => {
        server.listen(0, "127.0.0.1", () => {
          resolve(/** @type {import("node:net").AddressInfo} */ (server.address()).port);
        });
      });
    },
    command: [],
    cut() {
      isCut = true;
      for (const socket of sockets) socket.pause();
    },
    heal() {
      isCut = false;
      for (const socket of sockets) socket.resume();
    },
    remove() {
      for (const server of servers) server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
