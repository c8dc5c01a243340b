import { crcBy } from "./crc.js";

/** CRC-32C (RFC 3720, appendix B.4), by Castagnoli's polynomial 0x1edc6f41. */
export const crc32c = crcBy(0x82f63b78);
