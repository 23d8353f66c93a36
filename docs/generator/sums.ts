import { statisticHash, voteHash } from '../../agent/consensus/answer.ts'
import { sumVectors, vectorOf } from '../../agent/math/exactVector.ts'
import { encodeVector } from '../../agent/math/wireForm.ts'
import { setOf } from '../../agent/wire/bitset.ts'
import { bytesToHex, digest, hexToBytes } from '../../agent/wire/hash.ts'

/** Doubles of several devices whose exact sum is taken: ordinary ones, and those where rounding would tell. */
const SUMS: readonly { name: string; devices: readonly (readonly number[])[] }[] = [
  { name: 'one device', devices: [[1.5, -16]] },
  { name: 'zeros', devices: [[0, -0]] },
  {
    name: 'tenths',
    devices: [
      [0.1, 1],
      [0.2, 1],
      [0.3, 1],
    ],
  },
  { name: 'what doubles lose', devices: [[1e16], [1], [-1e16]] },
  { name: 'the ends of the range', devices: [[Number.MAX_VALUE, Number.MIN_VALUE, -1]] },
  { name: 'a sign bit of its own', devices: [[127, -127, 129, -129]] },
]

/** Sums and their wire forms. Doubles are given as the hexadecimal of IEEE 754, big endian. */
export function exactVectors() {
  return SUMS.map(({ name, devices }) => {
    const vectors = devices.map(vectorOf)
    const sum = sumVectors(vectors, devices[0]?.length ?? 0)
    const { exponents, width, mantissas } = encodeVector(sum)
    return {
      name,
      devices: devices.map((doubles) => doubles.map(binary64)),
      sum: sum.mantissas.map((m, k) => ({ mantissa: `${m}`, exponent: sum.exponents[k] })),
      exponents: bytesToHex(exponents),
      width,
      mantissas: bytesToHex(mantissas),
    }
  })
}

/** What a vote and a certificate are about. */
export function voteVectors() {
  const roster = digest(hexToBytes('c0ffee'))
  const sum = vectorOf([1.5, -16])
  const cases = [
    { epoch: 0, size: 3, contributors: [0, 1, 2], tombstones: [] },
    { epoch: 0, size: 3, contributors: [0, 1], tombstones: [2] },
    { epoch: 4294967296, size: 155, contributors: [0, 7, 8, 154], tombstones: [153] },
  ]
  const { exponents, width, mantissas } = encodeVector(sum)
  return cases.map(({ epoch, size, contributors, tombstones }) => {
    const statistic = statisticHash(roster, epoch, setOf(size, contributors), sum)
    return {
      roster: bytesToHex(roster),
      epoch,
      devices: size,
      contributors: bytesToHex(setOf(size, contributors)),
      tombstones: bytesToHex(setOf(size, tombstones)),
      exponents: bytesToHex(exponents),
      width,
      mantissas: bytesToHex(mantissas),
      statisticHash: bytesToHex(statistic),
      voteHash: bytesToHex(voteHash(statistic, setOf(size, tombstones))),
    }
  })
}

function binary64(x: number): string {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, x)
  return bytesToHex(new Uint8Array(view.buffer))
}
