import t from 'tap'
import type { Snapshot } from '../../../agent/core/snapshot.ts'
import { type ExactVector, vectorOf } from '../../../agent/math/exactVector.ts'
import { encodeVector } from '../../../agent/math/wireForm.ts'
import { fullSet, setOf } from '../../../agent/wire/bitset.ts'
import { encodeRecord } from '../../../agent/wire/codec.ts'
import { jobId, nodeId } from '../../../agent/wire/ids.ts'
import {
  Contribution,
  type Exchange,
  Seal,
  type SealReport,
  Statement,
} from '../../../agent/wire/messages.ts'
import { PROTOCOL } from '../../../agent/wire/version.ts'
import { Checks } from '../../../controller/sim/checks.ts'
import { graphOf } from '../../../controller/sim/graph.ts'
import type { Host } from '../../../controller/sim/host.ts'
import type { Lie } from '../../../controller/sim/lying.ts'
import { blankSigner } from '../../../controller/sim/signing.ts'
import { newTies } from '../../../controller/sim/ties.ts'

const job = jobId('check')
const roster = new Uint8Array(32).fill(7)
const size = 4
/** Device i contributes 2^i from one row, twice that in its second life. */
const contributionOf = (index: number, life: number) => ({
  vector: vectorOf([2 ** index * life]),
  rows: 1,
})

function open(lies: ReadonlyMap<number, Lie> = new Map()) {
  const ties = newTies(
    graphOf(size, [
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 0],
    ]),
  )
  const hosts = Array.from({ length: size }, (_, index) => ({
    plan: { index },
    name: nodeId(`d${index}`),
    isUp: true,
    lives: 1,
    blanks: 1,
    ledgers: [],
  })) as unknown as (Host & { isUp: boolean; lives: number; blanks: number })[] // all that checks look at
  const checks = new Checks({
    dimension: 1,
    isExact: true,
    isAudited: true,
    everyone: fullSet(size),
    contributionOf,
    hostAt: (index) => hosts[index]!,
    ties,
    lieOf: (index) => lies.get(index),
    report: () => {},
    replay: 'hypernet simulate --seed 7',
  })
  const seal = (
    index: number,
    contributors: number[],
    gone: number[],
    sum?: ExactVector,
    rows?: number,
  ) =>
    checks.sealed(hosts[index]!, {
      ...report(index),
      seal: blankSigner('x').sign(
        'seal',
        encodeRecord(Seal, {
          job,
          roster,
          epoch: 0,
          index,
          attempt: 0,
          contributors: setOf(size, contributors),
          tombstones: setOf(size, gone),
          rows: rows ?? contributors.length,
          ...encodeVector(sum ?? vectorOf([contributors.reduce((s, i) => s + 2 ** i, 0)])),
        }),
      ),
    })
  return { checks, hosts, ties, seal }
}
const report = (index: number): SealReport => ({
  version: PROTOCOL,
  job,
  from: nodeId(`d${index}`),
  epoch: 0,
  roster,
  rounds: 1,
  messages: 1,
  bytesOut: 1,
  bytesIn: 1,
  milliseconds: 1,
})
const contribution = (value: number): Uint8Array =>
  encodeRecord(Contribution, {
    job,
    roster,
    epoch: 0,
    index: 0,
    rows: 1,
    ...encodeVector(vectorOf([value])),
  })
const everyone = [0, 1, 2, 3]
const broken = (message: string) => ({
  code: 'INVARIANT',
  message: `${message}\nReplay: hypernet simulate --seed 7`,
})

t.test('takes equal and exact answers, and reads them from the seals', (t) => {
  const { checks, seal } = open()
  for (const index of everyone) t.equal(seal(index, everyone, [])?.rows, 4)
  t.equal(seal(2, everyone, [])?.rows, 4, 'a seal may be repeated')
  t.equal(checks.finals.get(0)?.size, 4)
  t.equal(checks.greatestError, 0)
  t.equal(checks.sealed(open().hosts[0]!, report(0)), undefined, 'a failure is no answer')
  t.end()
})

t.test('finds a sum that is not that of its contributors', (t) => {
  t.throws(
    () => open().seal(0, everyone, [], vectorOf([15.75])),
    broken(`d0: final with a sum that is off by a factor of 0.05`),
  )
  t.throws(() => open().seal(0, [0, 1], [2, 3], vectorOf([15])), { code: 'INVARIANT' })
  t.throws(() => open().seal(0, everyone, [], undefined, 5), broken('d0: final with 5 rows, not 4'))
  t.end()
})

t.test('nothing is demanded of a liar, and everything of the others', (t) => {
  const run = () => open(new Map([[3, 'equivocation']]))
  t.doesNotThrow(() => run().seal(3, everyone, [], vectorOf([99])))
  t.throws(() => run().seal(0, everyone, [], vectorOf([99])), { code: 'INVARIANT' })
  t.doesNotThrow(() => {
    const { seal } = run()
    for (const index of [0, 1, 2]) seal(index, [0, 1, 2], [3])
    seal(3, everyone, [])
  }, 'it may end as it likes')
  t.doesNotThrow(() => run().seal(0, everyone, []), 'either of its contributions may count')
  t.doesNotThrow(() => run().seal(0, everyone, [], vectorOf([1 + 2 + 4 + (8 + 1)])))
  t.throws(() => run().seal(0, everyone, [], vectorOf([17])), { code: 'INVARIANT' }, 'not twice')
  const two = run()
  two.seal(0, everyone, [])
  t.throws(
    () => two.seal(1, everyone, [], vectorOf([16])),
    { code: 'INVARIANT' },
    'not one here and the other there',
  )
  t.end()
})

t.test('finds a set that leaves somebody out', (t) => {
  t.throws(
    () => open().seal(0, [0, 1, 2], []),
    broken('d0: final with a set that does not account for the whole roster'),
  )
  t.end()
})

t.test('finds two answers among devices that were never apart', (t) => {
  const { seal } = open()
  seal(0, everyone, [])
  t.throws(
    () => seal(1, [0, 1, 2], [3]),
    broken(
      'd1: final with another answer than d0: contributors 07 gone 08 against contributors 0f gone 00',
    ),
  )
  const same = open()
  same.seal(0, everyone, [])
  t.throws(() => same.seal(1, everyone, [3]), { code: 'INVARIANT' }, 'tombstones count too')
  t.end()
})

t.test(
  'lets the sides of a cut and those given up differ, and counts those that ended and stopped',
  (t) => {
    const cut = open()
    cut.ties.parted([0, 0, 1, 1])
    cut.seal(0, everyone, [])
    t.doesNotThrow(() => cut.seal(2, [2, 3], [0, 1]))
    t.throws(() => cut.seal(1, [0, 1], [2, 3]), { code: 'INVARIANT' }, 'not within a side')

    const back = open()
    back.ties.away(0)
    back.seal(0, everyone, [])
    t.doesNotThrow(() => back.seal(1, everyone, [0]))
    const other = open()
    other.ties.away(0)
    other.seal(0, everyone, [])
    other.hosts[0]!.isUp = false
    t.throws(
      () => other.seal(1, everyone, [3]),
      { code: 'INVARIANT' },
      'only the one that was away',
    )
    t.end()
  },
)

t.test('lets one that comes back between two parts hold the answer of either', (t) => {
  const open2 = () => {
    const run = open()
    run.ties.away(1)
    run.ties.parted([0, 0, 1, 1]) // device 1 hears 0 alone from now on
    run.ties.away(3)
    run.seal(0, everyone, [])
    run.seal(2, everyone, [3])
    return run
  }
  t.doesNotThrow(() => open2().seal(1, everyone, []))
  t.throws(() => open2().seal(1, everyone, [3]), { code: 'INVARIANT' })
  t.throws(() => open2().seal(1, [0, 1], [2, 3]), { code: 'INVARIANT' })
  const alone = open()
  for (const index of everyone) alone.ties.away(index)
  alone.seal(0, everyone, [])
  t.throws(() => alone.seal(1, everyone, [3]), { code: 'INVARIANT' }, 'where all were away')
  t.end()
})

t.test('finds a device that changes its final answer', (t) => {
  const { seal, hosts } = open()
  for (const other of [1, 2, 3]) hosts[other]!.isUp = false
  seal(0, everyone, [])
  t.throws(() => seal(0, everyone, [3]), broken('d0: final twice, with two answers'))
  hosts[0]!.blanks = 2
  t.doesNotThrow(() => seal(0, everyone, [3]), 'one that lost its memory cannot know')
  t.end()
})

t.test('finds two contents under one signature, in all lives of a device', (t) => {
  const { checks, hosts } = open()
  checks.signed(hosts[0]!, 'contribution', contribution(1))
  t.doesNotThrow(() => checks.signed(hosts[0]!, 'contribution', contribution(1)))
  t.doesNotThrow(() => checks.signed(hosts[1]!, 'contribution', contribution(2)), 'another device')
  hosts[0]!.lives = 2
  hosts[0]!.blanks = 2
  t.throws(
    () => checks.signed(hosts[0]!, 'contribution', contribution(2)),
    broken('d0: signed two contents for contribution 0707070707070707/0'),
  )
  const statement = (incarnation: number, version: number, suspect: number) =>
    encodeRecord(Statement, {
      job,
      roster,
      epoch: 0,
      index: 0,
      incarnation,
      version,
      suspects: [{ index: suspect, incarnation: 0, version: 0 }],
    })
  checks.signed(hosts[0]!, 'statement', statement(1, 1, 1))
  t.doesNotThrow(() => checks.signed(hosts[0]!, 'statement', statement(1, 2, 2)))
  t.doesNotThrow(() => checks.signed(hosts[0]!, 'statement', statement(2, 1, 2)))
  t.throws(() => checks.signed(hosts[0]!, 'statement', statement(1, 1, 2)), { code: 'INVARIANT' })
  t.end()
})

t.test('counts the contribution of the life that signed it', (t) => {
  const { checks, hosts, seal } = open()
  hosts[3]!.lives = 2
  checks.signed(hosts[3]!, 'contribution', contribution(16))
  t.throws(() => seal(0, everyone, []), { code: 'INVARIANT' })
  t.doesNotThrow(() => seal(0, everyone, [], vectorOf([1 + 2 + 4 + 16])))
  t.end()
})

t.test('finds messages and snapshots beyond the limits', (t) => {
  const { checks, hosts } = open()
  const host = hosts[0]!
  const exchange: Exchange = {
    version: PROTOCOL,
    job,
    from: nodeId('d0'),
    incarnation: 1,
    seq: 1,
    epoch: 0,
    round: 0,
    roster: new Uint8Array(8),
    agreement: { attempt: 0 },
    flood: { have: new Uint8Array(1) },
  }
  t.doesNotThrow(() => checks.published(host, exchange, 48 * 1024))
  t.throws(
    () => checks.published(host, exchange, 48 * 1024 + 1),
    broken('d0: published 49153 bytes in a message, more than 49152'),
  )
  const votes = Array.from({ length: 5 }, () => ({
    hash: new Uint8Array(16),
    by: new Uint8Array(1),
  }))
  t.throws(
    () => checks.published(host, { ...exchange, agreement: { attempt: 0, votes } }, 100),
    broken('d0: published 5 votes in a message, more than 4'),
  )
  const bytes = new Uint8Array(1)
  const epochs = [0, 1, 2, 3].map((epoch) => ({ epoch, roster, statement: 0, attempt: 0 }))
  const snapshot = {
    incarnation: 1,
    ended: [],
    jobs: [{ job, order: bytes, rosters: [bytes], epochs }],
  }
  // Only their number is looked at.
  const persist = { kind: 'persist', snapshot: snapshot as unknown as Snapshot } as const
  t.throws(() => checks.stepped(host, [persist]), broken('d0: keeps 4 epochs'))
  t.end()
})
