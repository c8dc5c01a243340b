import { crc32c } from "../crc32c.js";

/**
 * A record of a TFRecord file: its length (uint64, little endian), the masked CRC-32C of these 8 bytes, the data, the
 * masked CRC-32C of the data (TensorFlow, core/lib/io/record_writer.h).
 */
export function tfRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(data.length + 16);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(crc32c(record.subarray(0, 8))), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, masked(crc32c(data)), true);
  return record;
}

/** A checksum of bytes that hold checksums: rotated by 15 bits to the right, plus a constant. */
function masked(checksum: number): number {
  return (((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0;
}
