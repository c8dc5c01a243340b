import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { sha256 } from "../sha256.js";

/** Which process wrote something: its number alone may be another's by now. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Differs between hosts and containers of the same name; empty where the system does not say. */
  readonly machine: string;
  /** Differs between two starts of a host; empty where the system does not say. */
  readonly boot: string;
  /** When the process started, in the system's ticks since the boot; empty where it does not say. */
  readonly started: string;
}

let own: ProcessIdentity | undefined;

/** This process. */
export function ownProcess(): ProcessIdentity {
  own ??= {
    pid: process.pid,
    host: hostname(),
    machine: [text("/etc/machine-id"), link("/proc/self/ns/pid")].join(" ").trim(),
    boot: text("/proc/sys/kernel/random/boot_id"),
    started: startOf(process.pid)?.ticks ?? "",
  };
  return own;
}

/** Whether a process still runs; `unknown` where it is one of another host. */
export function isRunning(process: ProcessIdentity): boolean | "unknown" {
  const here = ownProcess();
  if (process.host !== here.host || process.machine !== here.machine) return "unknown";
  if (process.boot !== here.boot) return false;
  return hasStarted(process.pid, process.started);
}

/** The part of a temporary file's name that names this process. */
export function ownTag(): string {
  const { pid, boot, started } = ownProcess();
  return `${hostTag()}-${pid}-${short(`${boot} ${started}`)}`;
}

/** Whether the process that a tag names has ended. One of another host counts as running. */
export function isTagOfDead(tag: string): boolean {
  const [host, pid, start] = tag.split("-");
  if (host !== hostTag()) return false;
  const found = startOf(Number(pid));
  if (found === undefined) return !isAlive(Number(pid));
  return found.dead || short(`${ownProcess().boot} ${found.ticks}`) !== start;
}

function hostTag(): string {
  const { host, machine } = ownProcess();
  return short(`${host} ${machine}`);
}

function short(text: string): string {
  return sha256(new TextEncoder().encode(text)).slice(0, 8);
}

/** Whether there is a process of this number that started then. */
function hasStarted(pid: number, started: string): boolean {
  const found = startOf(pid);
  if (found === undefined || started === "") return isAlive(pid);
  return !found.dead && found.ticks === started;
}

/** When a process started, and whether it has ended (a zombie); undefined where the system does not say. */
function startOf(pid: number): { readonly ticks: string; readonly dead: boolean } | undefined {
  const line = text(`/proc/${pid}/stat`);
  // The second field, in brackets, is the program's name and may hold anything.
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const state = fields[0];
  const ticks = fields[19];
  return ticks === undefined ? undefined : { ticks, dead: state === "Z" || state === "X" };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user is one, too.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Empty where the system has no such file. */
function text(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
