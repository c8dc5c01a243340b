import { InputError } from "../errors.js";
import { type Allocate, newBytes } from "./allocate.js";

/** Far above any file of MNIST's kind (47 MB); a small file that unpacks to more is no such file. */
export const MOST_UNPACKED_BYTES = 256 * 1024 * 1024;

/** Whether the bytes begin as a gzip stream does. */
function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * The content of a gzip stream; bytes that are not gzip come back as they are.
 *
 * @param where the file's name, for errors
 * @param most how many bytes may come out, default 256 MiB; reading stops there
 * @param allocate makes the bytes that the content goes into
 * @throws InputError when the stream is corrupted or cut, or holds more than `most` bytes
 */
export async function unpack(
  bytes: Uint8Array,
  where: string,
  most = MOST_UNPACKED_BYTES,
  allocate: Allocate = newBytes,
): Promise<Uint8Array> {
  if (!isGzip(bytes)) return bytes;
  const content = await inflate(bytes, "gzip", statedSize(bytes), most, allocate);
  if (content === "damaged") {
    throw new InputError(where, "an intact gzip stream", "a corrupted or cut one");
  }
  if (content === "larger") {
    throw new InputError(where, `at most ${most} bytes when unpacked`, "more");
  }
  return content;
}

/** Deflate's highest ratio: nothing unpacks to more than so many times its size. */
const highestRatio = 1032;

/**
 * Unpacks a compressed stream.
 *
 * @param stated how many bytes are said to come out; so many are allocated first, if they can be true
 * @param most how many bytes may come out; reading stops there
 * @returns the content, or what is wrong
 */
export async function inflate(
  bytes: Uint8Array,
  format: "gzip" | "deflate-raw",
  stated: number,
  most: number,
  allocate: Allocate = newBytes,
): Promise<Uint8Array | "damaged" | "larger"> {
  const source = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const reader = source.pipeThrough(new DecompressionStream(format)).getReader();
  let content = allocate(Math.min(most, stated, highestRatio * bytes.length));
  let total = 0;
  for (;;) {
    const next = await reader.read().catch(() => undefined);
    if (next === undefined) return "damaged";
    const { done, value } = next;
    if (done) break;
    if (total + value.length > most) {
      // The rest is never unpacked; an error of the abandoned stream is of no interest.
      reader.cancel().catch(() => undefined);
      return "larger";
    }
    if (total + value.length > content.length) content = enlarged(content, total + value.length);
    content.set(value, total);
    total += value.length;
  }
  return content.length === total ? content : content.slice(0, total);
}

/** Bytes of the content modulo 2³², as a gzip stream's last four bytes tell (RFC 1952). */
function statedSize(bytes: Uint8Array): number {
  if (bytes.length < 4) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(
    bytes.length - 4,
    true,
  );
}

/** For a stream that tells less than it holds, as one of several parts does. */
function enlarged(content: Uint8Array, least: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(least, 2 * content.length));
  larger.set(content);
  return larger;
}
