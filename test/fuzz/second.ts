import { decode } from 'cborg'

/**
 * A second decoder, written by others (cborg), with its strict options and tag 86 added: numbers,
 * booleans, text, `Uint8Array`, `Float64Array`, arrays, `Map`s. Throws for what it does not take.
 */
export function secondDecode(bytes: Uint8Array): unknown {
  return decode(bytes, {
    strict: true,
    allowIndefinite: false,
    allowUndefined: false,
    allowNaN: false,
    allowInfinity: false,
    allowBigInt: false,
    rejectDuplicateMapKeys: true,
    useMaps: true,
    tags: { 86: (inner) => new Float64Array((inner() as Uint8Array).slice().buffer) },
  })
}
