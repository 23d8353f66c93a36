import { createHash } from 'node:crypto'
import t from 'tap'
import type { ExactVector } from '../../../agent/math/exactVector.ts'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { jobId, nodeId } from '../../../agent/wire/ids.ts'
import type { Roster } from '../../../agent/wire/messages.ts'
import {
  awaited,
  collect,
  failures,
  leading,
  newCollection,
  toldIn,
} from '../../../controller/core/result.ts'
import { type Outcome, outcome } from './sealed.ts'

const members = ['a', 'b', 'c', 'd'].map((id) => ({
  id: nodeId(id),
  key: new Uint8Array(33),
  incarnation: 1,
}))
const roster: Roster = {
  version: 1,
  job: jobId('soil'),
  order: new Uint8Array(32),
  generation: 1,
  firstEpoch: 0,
  members,
}
const rosterHash = new Uint8Array(32).fill(9)
/** The vector (3, -0.75), canonical: odd mantissas. */
const sum: ExactVector = { mantissas: [3n, -3n], exponents: [0, -2] }
const other: ExactVector = { mantissas: [3n, -1n], exponents: [0, -2] }
const fresh = () => newCollection(roster, rosterHash, 0, 2)
const give = (to: ReturnType<typeof fresh>, of: Partial<Outcome> & { index: number }) => {
  const { report, seal } = outcome({ roster, rosterHash, sum, ...of })
  return collect(to, report, seal)
}
const refusal = (action: () => unknown): string => {
  try {
    action()
  } catch (error) {
    if (error instanceof HypernetError && error.code === 'BAD_MESSAGE') return error.message
    throw error
  }
  return 'taken'
}

t.test('devices that sealed the same sum over the same devices are one answer', async (t) => {
  const collection = fresh()
  for (const index of [0, 1, 2]) t.equal(give(collection, { index }), true)
  t.same(awaited(collection), ['d'])
  t.equal(give(collection, { index: 1 }), false, 'a repeated seal is nothing new')
  give(collection, { index: 3 })
  t.same(awaited(collection), [])
  t.equal(collection.answers.size, 1)
  t.same([...(leading(collection)?.by ?? [])], [0, 1, 2, 3])
})

t.test('one that took the sum elsewhere stands alone', async (t) => {
  const stepped = fresh()
  give(stepped, { index: 0, at: Float64Array.of(1) })
  for (const index of [1, 2]) give(stepped, { index, at: Float64Array.of(2) })
  t.same([...(leading(stepped)?.at ?? [])], [2])
  t.equal(stepped.answers.size, 2)
})

t.test(
  'the statistic is named by the hash that docs/protocol.md gives, recomputed from the bits',
  async (t) => {
    const collection = fresh()
    give(collection, { index: 0 })
    // SHA-256 of the domain, 0, roster, epoch, contributors, canonical vector, by node:crypto: d as
    // uint32, width as uint32, int16 exponents, two's complement mantissas, all little endian.
    const vector = Buffer.from([2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0xfe, 0xff, 3, 0xfd])
    const expected = createHash('sha256')
      .update('hypernet/1/statistic\0')
      .update(rosterHash)
      .update(Buffer.from([0, 0, 0, 0, 0, 0, 0, 0]))
      .update(Buffer.from([0b1111]))
      .update(vector)
      .digest('hex')
    t.equal(Buffer.from(leading(collection)?.statistic ?? []).toString('hex'), expected)
  },
)

t.test('a device that the answer counts as gone owes nothing', async (t) => {
  const collection = fresh()
  for (const index of [0, 1, 2]) give(collection, { index, contributors: [0, 1, 2], gone: [3] })
  t.same(awaited(collection), [])
})

t.test(
  'sums or sets that differ are different answers, and the one with most seals leads',
  async (t) => {
    const collection = fresh()
    give(collection, { index: 0, sum: other })
    give(collection, { index: 1 })
    give(collection, { index: 2 })
    give(collection, { index: 3, contributors: [0, 1, 2], gone: [3] })
    t.equal(collection.answers.size, 3)
    t.same(leading(collection)?.sum, sum)
    t.equal(leading(collection)?.by.size, 2)
  },
)

t.test('the leading answer of a tie does not depend on who came first', async (t) => {
  const one = fresh()
  give(one, { index: 0, sum: other })
  give(one, { index: 1 })
  const two = fresh()
  give(two, { index: 1 })
  give(two, { index: 0, sum: other })
  t.same(leading(one)?.statistic, leading(two)?.statistic)
})

t.test('a failure counts until a seal comes, and a seal is for good', async (t) => {
  const collection = fresh()
  t.equal(give(collection, { index: 0, sum: undefined as never, failure: 'no reading' }), true)
  t.same(failures(collection), [{ reason: 'no reading', devices: ['a'] }])
  t.equal(give(collection, { index: 0 }), true)
  t.same(failures(collection), [])
  t.equal(give(collection, { index: 0, sum: undefined as never, failure: 'late' }), false)
  t.match(
    refusal(() => give(collection, { index: 0, sum: other })),
    /a sealed two different answers/,
  )
  t.equal(collection.answers.get([...collection.answers.keys()][0] ?? '')?.by.has(0), true)
})

t.test(
  'who left owes an answer only where there is one, and how it ended counts more',
  async (t) => {
    const collection = fresh()
    const left = { sum: undefined as never, failure: 'refused', left: true }
    const everyone = collection.roster.members.map((_, i) => i)
    for (const index of everyone) give(collection, { index, ...left })
    t.same(awaited(collection), [])
    t.equal(give(collection, { index: 0, ...left }), false, 'said again')
    t.equal(give(collection, { index: 0, sum: undefined as never, failure: 'timeout' }), true)
    t.match(failures(collection).at(-1), { reason: 'timeout', devices: ['a'] })
    give(collection, { index: 1 })
    t.same(awaited(collection), ['a', 'c', 'd'].slice(1), 'it is in the sum')
  },
)

t.test('what cannot belong to this epoch of this roster is refused with its reason', async (t) => {
  const wrong: [string, Partial<Outcome> & { index: number }, RegExp][] = [
    ['another roster', { index: 0, rosterHash: new Uint8Array(32) }, /another roster or epoch/],
    ['another epoch', { index: 0, epoch: 1 }, /another roster or epoch/],
    [
      'a set that leaves a device out',
      { index: 0, contributors: [0, 1] },
      /covers 2 of 4 devices, wanted all/,
    ],
    [
      'a vector too long',
      { index: 0, sum: { mantissas: [1n, 1n, 1n], exponents: [0, 0, 0] } },
      /wanted 4 bytes of exponents/,
    ],
    [
      'a vector not canonical',
      { index: 0, sum: { mantissas: [2n, 1n], exponents: [0, 0] } },
      /odd mantissa/,
    ],
    ['neither seal nor failure', { index: 0, sum: undefined as never }, /neither seal nor failure/],
  ]
  for (const [name, of, message] of wrong) {
    const collection = fresh()
    t.match(
      refusal(() => give(collection, of)),
      message,
      name,
    )
    t.equal(collection.reports.size, 0, name)
  }
  const { report, seal } = outcome({ roster, rosterHash, sum, index: 0 })
  t.match(
    refusal(() => collect(fresh(), { ...report, from: nodeId('x') }, seal)),
    /x is not in the roster/,
  )
  t.match(
    refusal(() => collect(fresh(), { ...report, from: nodeId('b') }, seal)),
    /another job, roster, epoch or device/,
  )
  const long = { ...seal, contributors: Uint8Array.of(255) } as typeof seal
  t.match(
    refusal(() => collect(fresh(), report, long)),
    /bitset/,
  )
})

t.test('a program ended with what most contributors sealed, whoever came first', async (t) => {
  const collection = fresh()
  const sealing = (index: number, result?: string) => {
    const { report, seal } = outcome({
      roster,
      rosterHash,
      sum,
      index,
      contributors: [0, 1, 2],
      gone: [3],
    })
    return collect(collection, report, seal && { ...seal, ...(result !== undefined && { result }) })
  }
  const told = () => {
    const answer = leading(collection)
    return answer && toldIn(answer)
  }
  sealing(3, '{"by":"one in no sum"}')
  t.equal(told(), undefined)
  sealing(0, '{"a":0}')
  sealing(1, '{"a":1}')
  t.equal(told(), '{"a":0}')
  sealing(2, '{"a":1}')
  t.equal(told(), '{"a":1}')
  t.equal(collection.answers.size, 1)
})
