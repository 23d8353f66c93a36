import { type CompiledModel, compileModel, contribute } from '../../agent/fusion/model.ts'
import { bitLength } from '../../agent/math/dyadic.ts'
import { type ExactVector, vectorOf } from '../../agent/math/exactVector.ts'
import { encodeVector } from '../../agent/math/wireForm.ts'
import { encodeRecord } from '../../agent/wire/codec.ts'
import { Contribution, type Order } from '../../agent/wire/messages.ts'
import { SIGNATURE } from '../../agent/wire/signature.ts'

/** What COSE_Sign1 puts around a payload (signature.ts): heads, protected header, signature. */
const COSE_BYTES = 12 + SIGNATURE

/** Size of what a device adds to the sum. */
export interface ShareSize {
  /** Of the signed contribution. */
  readonly bytes: number
  /** Of the longest component: products of readings have twice as many as readings. */
  readonly bits: number
}

const exampleVector = ({ dimension }: CompiledModel): ExactVector =>
  vectorOf(new Float64Array(dimension).fill(1.2345678901234567))

/** The share of a device with one row of readings of all 53 bits, by the real encoding. */
export function exampleShare(order: Order): ShareSize {
  const compiled = compileModel(order.model)
  // Some row on which every formula is finite: logarithms want positive values, arcs small ones.
  const trials = [1.2345678901234567, 0.12345678901234568, 123.45678901234568]
  // What a program will put in nobody knows before it runs.
  const isProgram = order.model.type === 'program'
  const sums = (isProgram ? [] : trials).map((trial) =>
    contribute(compiled, [(name: string) => trial * (1 + name.length / 97)]),
  )
  const { vector } = sums.find(({ rows }) => rows > 0) ??
    sums[0] ?? { vector: exampleVector(compiled) }
  const payload = encodeRecord(Contribution, {
    job: order.job,
    roster: new Uint8Array(32),
    epoch: 0,
    index: 0,
    rows: 1,
    ...encodeVector(vector),
  })
  return {
    bytes: payload.length + COSE_BYTES,
    bits: Math.max(...vector.mantissas.map(bitLength)),
  }
}
