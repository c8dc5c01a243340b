import { crcBy } from "./crc.js";

/** The CRC-32 that zip files hold of each entry (PKWARE's APPNOTE 6.3.10, section 4.4.7), by 0x04c11db7. */
export const crc32 = crcBy(0xedb88320);
