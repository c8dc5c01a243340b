import { InputError } from "../errors.js";

/** Far above any file of MNIST's kind (47 MB); a small file that unpacks to more is no such file. */
export const MOST_UNPACKED_BYTES = 256 * 1024 * 1024;

/** Whether the bytes begin as a gzip stream does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * The content of a gzip stream; bytes that are not gzip come back as they are.
 *
 * @param where the file's name, for errors
 * @param most how many bytes may come out, default 256 MiB; reading stops there
 * @throws InputError when the stream is corrupted or cut, or holds more than `most` bytes
 */
export async function unpack(
  bytes: Uint8Array,
  where: string,
  most = MOST_UNPACKED_BYTES,
): Promise<Uint8Array> {
  if (!isGzip(bytes)) return bytes;
  const source = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const reader = source.pipeThrough(new DecompressionStream("gzip")).getReader();
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new InputError(where, "an intact gzip stream", "a corrupted or cut one");
    });
    if (done) break;
    total += value.length;
    if (total > most) {
      // The rest is never unpacked; an error of the abandoned stream is of no interest.
      reader.cancel().catch(() => undefined);
      throw new InputError(where, `at most ${most} bytes when unpacked`, "more");
    }
    chunks.push(value);
  }
  const content = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    content.set(chunk, at);
    at += chunk.length;
  }
  return content;
}
