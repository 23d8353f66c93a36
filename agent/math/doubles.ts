/** Float64 after float64, little endian: the same bytes on every machine. */
export function doublesTo(doubles: Float64Array): Uint8Array {
  const bytes = new Uint8Array(8 * doubles.length)
  const view = new DataView(bytes.buffer)
  for (const [k, each] of doubles.entries()) view.setFloat64(8 * k, each, true)
  return bytes
}

/** The way back; bytes beyond the last whole double are left out. */
export function doublesFrom(bytes: Uint8Array): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Float64Array.from({ length: bytes.length >> 3 }, (_, k) => view.getFloat64(8 * k, true))
}
