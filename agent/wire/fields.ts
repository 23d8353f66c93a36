import * as z from 'zod/mini'

/**
 * The types of single fields of a message. Each is one test over the value that CBOR gave, so that
 * a message is checked in about a microsecond, and carries its CDDL (RFC 8610) for docs/protocol.md.
 */
export interface Leaf {
  readonly holds: (value: unknown) => boolean
  readonly cddl: string
}

const leaves = new WeakMap<object, Leaf>()

/** The single test that a schema stands for, if it is one of this file. */
export const leafOf = (schema: object): Leaf | undefined => leaves.get(schema)

function leaf<T>(cddl: string, holds: (value: unknown) => boolean): z.ZodMiniType<T> {
  const schema = z.custom<T>(holds, `wanted ${cddl}`)
  leaves.set(schema, { holds, cddl })
  return schema
}

/** An integer from 0 to `most`. */
export const uintUpTo = (most: number): z.ZodMiniType<number> =>
  leaf(
    most === Number.MAX_SAFE_INTEGER ? 'uint' : `0..${most}`,
    (value) => Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most,
  )
/** An integer from 0 to 2^53-1. */
export const uint = uintUpTo(Number.MAX_SAFE_INTEGER)

/** An integer from `least` to `most`, both included. */
export const integer = (least: number, most: number): z.ZodMiniType<number> =>
  leaf(
    `${least}..${most}`,
    (value) =>
      Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most,
  )

/** A byte string of `least` to `most` bytes; exactly `least` where `most` is not given. */
export const bytes = (least: number, most: number = least): z.ZodMiniType<Uint8Array> =>
  leaf(
    `bstr .size ${least === most ? least : `(${least}..${most})`}`,
    (value) => value instanceof Uint8Array && value.length >= least && value.length <= most,
  )

/** Text of at most `most` UTF-16 units. */
export const text = (most: number): z.ZodMiniType<string> =>
  leaf(`tstr .size (0..${3 * most})`, (value) => typeof value === 'string' && value.length <= most)

/** Text of this pattern, which is anchored at both ends and simple enough for CDDL (RFC 8610 section 3.8.3). */
export const matching = <T extends string>(pattern: RegExp): z.ZodMiniType<T> =>
  leaf(
    `tstr .regexp ${JSON.stringify(pattern.source.replace(/^\^|\$$/g, ''))}`,
    (value) => typeof value === 'string' && pattern.test(value),
  )

/** `least` to `most` float64 numbers as tag 86. The walk before the decoder saw that they are finite. */
export const float64s = (least: number, most: number = least): z.ZodMiniType<Float64Array> =>
  leaf(
    `#6.86(bstr .size ${least === most ? 8 * least : `(${8 * least}..${8 * most})`})`,
    (value) => value instanceof Float64Array && value.length >= least && value.length <= most,
  )
