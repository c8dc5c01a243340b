/** Remainders of each byte by the polynomial of zip and gzip, 0x04c11db7 with its bits reversed. */
const table = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  }
  table[byte] = remainder;
}

/** The CRC-32 that zip files hold of each entry (PKWARE's APPNOTE 6.3.10, section 4.4.7). */
export function crc32(bytes: Uint8Array): number {
  let remainder = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) {
    remainder = table[(remainder ^ bytes[i]!) & 0xff]! ^ (remainder >>> 8);
  }
  return (remainder ^ 0xffffffff) >>> 0;
}
