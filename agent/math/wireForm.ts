import {
  CONTRIBUTION_TOP,
  checkRange,
  type ExactVector,
  SPREAD_BITS,
  widthOf,
} from './exactVector.ts'
import { MathError } from './mathError.ts'
import { bytesFor, readInteger, writeInteger } from './twosComplement.ts'

/** An exact vector as it travels; one value has one form. Layout as in `canonicalBytes`, without its head. */
export interface WireForm {
  /** int16 a component, little endian. */
  readonly exponents: Uint8Array
  /** Bytes a mantissa. */
  readonly width: number
  /** Two's complement, little endian, component after component. */
  readonly mantissas: Uint8Array
}

/** Longest mantissa that can occur, in bytes. */
export const WIDTH_LIMIT = bytesFor(SPREAD_BITS)

/** @param v canonical */
export function encodeVector(v: ExactVector): WireForm {
  const d = v.mantissas.length
  const width = widthOf(v)
  const exponents = new Uint8Array(2 * d)
  const view = new DataView(exponents.buffer)
  const mantissas = new Uint8Array(width * d)
  v.mantissas.forEach((m, k) => {
    view.setInt16(2 * k, v.exponents[k] ?? 0, true)
    writeInteger(mantissas, width * k, width, m)
  })
  return { exponents, width, mantissas }
}

/**
 * Reads d components sent by somebody who is not trusted.
 * @param top bound of a component's size as a power of two: CONTRIBUTION_TOP, or SUM_TOP for a sum
 * @throws MathError `FORM` for lengths, widths or numbers that `encodeVector` does not write, and for
 * components out of range
 */
export function decodeVector(form: WireForm, d: number, top = CONTRIBUTION_TOP): ExactVector {
  const { exponents, width, mantissas } = form
  checkLengths(form, d)
  const view = new DataView(exponents.buffer, exponents.byteOffset, exponents.byteLength)
  const v = {
    mantissas: Array.from({ length: d }, (_, k) => readInteger(mantissas, width * k, width)),
    exponents: Array.from({ length: d }, (_, k) => view.getInt16(2 * k, true)),
  }
  v.mantissas.forEach((m, k) => {
    if (m === 0n ? v.exponents[k] === 0 : (m & 1n) === 1n) return
    throw new MathError('FORM', `component ${k}: wanted an odd mantissa, or 0 with exponent 0`, k)
  })
  const least = widthOf(v)
  if (least !== width) {
    throw new MathError(
      'FORM',
      `wanted ${least} bytes a mantissa, the least that hold them, found ${width}`,
    )
  }
  try {
    checkRange(v, top)
  } catch (error) {
    if (!(error instanceof MathError)) throw error
    throw new MathError('FORM', error.message, error.component)
  }
  return v
}

function checkLengths({ exponents, width, mantissas }: WireForm, d: number): void {
  if (exponents.length !== 2 * d) {
    throw new MathError('FORM', `wanted ${2 * d} bytes of exponents, found ${exponents.length}`)
  }
  if (!Number.isInteger(width) || width < 1 || width > WIDTH_LIMIT) {
    throw new MathError('FORM', `wanted 1 to ${WIDTH_LIMIT} bytes a mantissa, found ${width}`)
  }
  if (mantissas.length !== width * d) {
    throw new MathError('FORM', `wanted ${width * d} bytes of mantissas, found ${mantissas.length}`)
  }
}
