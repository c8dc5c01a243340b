/**
 * The orientation that EXIF (CIPA DC-008) has in a JPEG segment APP1 or a PNG chunk: 1 to 8; 1 where it says none, as
 * what is said beside a picture must not make it unreadable.
 *
 * @param bytes a TIFF header and what follows it
 */
export function exifOrientation(bytes: Uint8Array): number {
  if (bytes.length < 8) return 1;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const order = view.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return 1;
  const little = order === 0x4949;
  const begin = view.getUint32(4, little);
  if (begin + 2 > bytes.length) return 1;
  const count = view.getUint16(begin, little);
  for (let index = 0; index < count; index++) {
    const at = begin + 2 + 12 * index;
    if (at + 12 > bytes.length) return 1;
    if (view.getUint16(at, little) !== 0x0112) continue;
    const value = view.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}
