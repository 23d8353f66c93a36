import t from 'tap'
import { members } from '../../../agent/wire/bitset.ts'
import { drawGraph, type GraphKind } from '../../../controller/sim/graphs.ts'
import { streams } from '../../../controller/sim/random.ts'
import type { Fault, Scenario } from '../../../controller/sim/scenario.ts'
import { type SimulationOutcome, simulate } from '../../../controller/sim/simulator.ts'
import { answersOf, endings, stage, traced, withoutAnswer } from '../../scenarios/stage.ts'

const graph = (kind: GraphKind, size: number) => drawGraph(kind, size, streams(1)('graph'))
const ring = (size: number, change: Partial<Scenario> = {}) =>
  stage(size, { graph: graph({ kind: 'ring' }, size), ...change })

const contributors = (outcome: SimulationOutcome, device: number): number[] =>
  members(outcome.devices[device]?.answer?.contributors ?? new Uint8Array())

/** What a run showed, apart from bytes that only some modes have. */
const shown = ({ devices, rounds, roundsToExact, steps }: SimulationOutcome) => ({
  rounds,
  roundsToExact,
  steps,
  devices: devices.map(({ name, state, answer, messages, bytesOut }) => ({
    name,
    state,
    key: answer?.key,
    messages,
    bytesOut,
  })),
})

t.test(
  'without faults an entry needs as many rounds as it has hops, and a vote as many again',
  (t) => {
    const table: [scenario: Scenario, diameter: number][] = [
      [stage(2), 1],
      [stage(8), 1],
      [stage(20, { graph: graph({ kind: 'complete' }, 20) }), 1],
      [ring(9), 4],
      [ring(16), 8],
      [ring(31), 15],
    ]
    for (const [scenario, diameter] of table) {
      const { rounds, roundsToExact, maxRelativeError } = simulate(scenario)
      t.equal(roundsToExact, diameter)
      t.equal(rounds, 2 * diameter)
      t.equal(maxRelativeError, 0)
    }
    t.equal(simulate(stage(1)).rounds, 0, 'one device alone is done at once')
    t.end()
  },
)

t.test('every device ends with the sum of all', (t) => {
  const outcome = simulate(stage(30))
  t.strictSame(withoutAnswer(outcome), [])
  t.equal(answersOf(outcome), 1)
  // Σx of 2^0 to 2^29, and how many rows.
  const { sum, rows } = outcome.devices[17]!.answer!
  t.equal(sum.mantissas[0], 2n ** 30n - 1n)
  t.equal(rows, 30)
  t.end()
})

const rough = { loss: 0.3, duplicate: 0.05, delay: [0, 3] } as const

t.test('the same scenario runs the same way, another seed another', (t) => {
  const run = (seed: number) => {
    const { lines, trace } = traced()
    const faults: Fault[] = [{ kind: 'crash', device: 3, at: 4, reach: 0.5 }]
    return { outcome: simulate(stage(24, { seed, conditions: rough, faults, trace })), lines }
  }
  const [one, two] = [run(5), run(5)]
  t.strictSame(one.lines, two.lines)
  t.strictSame(shown(one.outcome), shown(two.outcome))
  t.notSame(shown(run(6).outcome), shown(one.outcome))
  t.end()
})

t.test('messages that go through their bytes change nothing', (t) => {
  const change = { conditions: rough, faults: [{ kind: 'crash', device: 3, at: 4 }] } as const
  t.strictSame(
    shown(simulate(stage(20, { ...change, codec: true }))),
    shown(simulate(stage(20, change))),
  )
  t.end()
})

t.test('real signatures change neither rounds nor bytes', (t) => {
  const change = { conditions: rough, faults: [{ kind: 'crash', device: 3, at: 4 }] } as const
  const withKeys = simulate(stage(9, { ...change, signatures: true }))
  const without = simulate(stage(9, change))
  // The roster holds other keys, so its hash differs, and with it what is hashed.
  const plain = (outcome: SimulationOutcome) => {
    const { rounds, devices } = shown(outcome)
    return { rounds, devices: devices.map(({ messages, bytesOut }) => ({ messages, bytesOut })) }
  }
  t.strictSame(plain(withKeys), plain(without))
  t.end()
})

t.test('one that stops before it spoke is missing, one that stops later counts', (t) => {
  const early = simulate(stage(9, { faults: [{ kind: 'crash', device: 4, at: 0 }] }))
  t.strictSame(contributors(early, 0), [0, 1, 2, 3, 5, 6, 7, 8])
  t.equal(endings(early).d4, 'gone')
  const late = simulate(stage(9, { faults: [{ kind: 'crash', device: 4, at: 1 }] }))
  t.strictSame(contributors(late, 0), [0, 1, 2, 3, 4, 5, 6, 7, 8])
  t.strictSame(withoutAnswer(late), [])
  t.end()
})

t.test('a device that starts late is waited for', (t) => {
  const outcome = simulate(stage(9, { faults: [{ kind: 'join', device: 4, at: 6 }] }))
  t.strictSame(contributors(outcome, 0).length, 9)
  t.equal(answersOf(outcome), 1)
  t.ok(outcome.rounds >= 7)
  t.end()
})

t.test('a crash in any round, reaching none, some or all, leaves one answer', (t) => {
  for (const kind of ['complete', 'ring', 'smallworld'] as const)
    for (let at = 0; at <= 14; at++)
      for (const reach of [undefined, 0, 0.5, 1]) {
        const fault: Fault = {
          kind: 'crash',
          device: 2,
          at,
          ...(reach === undefined ? {} : { reach }),
        }
        const outcome = simulate(stage(7, { graph: graph({ kind }, 7), faults: [fault], seed: at }))
        if (withoutAnswer(outcome).length > 0 || answersOf(outcome) !== 1)
          t.fail(`${kind} ${at} ${reach}`, endings(outcome))
      }
  t.end()
})

t.test('a crash at the vote or as it becomes final leaves one answer', (t) => {
  for (const kind of ['complete', 'ring', 'smallworld'] as const)
    for (const moment of ['vote', 'final'] as const)
      for (let seed = 1; seed <= 20; seed++) {
        const faults: Fault[] = [
          { kind: 'crashOn', device: 2, moment, reach: 0.5 },
          { kind: 'crashOn', device: 5, moment: 'vote', reach: 0.3 },
        ]
        const conditions = seed % 2 === 0 ? rough : stage(1).conditions
        const outcome = simulate(stage(8, { graph: graph({ kind }, 8), faults, seed, conditions }))
        t.equal(endings(outcome).d2, 'gone')
        // Two that stop can cut a ring: then each part has an answer of its own.
        const parts = kind === 'ring' ? 2 : 1
        if (withoutAnswer(outcome).length > 0 || answersOf(outcome) > parts)
          t.fail(`${kind} ${moment} ${seed}`, endings(outcome))
      }
  t.end()
})

t.test('a restart with its memory changes nothing that was said', (t) => {
  for (let at = 0; at < 12; at++) {
    const faults: Fault[] = [{ kind: 'restart', device: 3, at, memory: 'kept' }]
    const outcome = simulate(ring(9, { faults, seed: at }))
    t.strictSame(withoutAnswer(outcome), [])
    t.equal(answersOf(outcome), 1)
    if (at > 0) t.equal(contributors(outcome, 0).length, 9)
  }
  t.end()
})

t.test('devices that start at times of their own agree all the same', (t) => {
  const outcome = simulate(stage(24, { scattered: true, conditions: rough }))
  t.strictSame(withoutAnswer(outcome), [])
  t.equal(answersOf(outcome), 1)
  t.end()
})

t.test('the run ends at its last round, whatever is left undone', (t) => {
  const outcome = simulate(ring(31, { maxRounds: 5 }))
  t.equal(withoutAnswer(outcome).length, 31)
  t.ok(outcome.rounds <= 5)
  t.end()
})

t.test('a link that never delivers is no link', (t) => {
  const links = graph({ kind: 'ring' }, 6).links.map((link) =>
    Math.abs(link.from - link.to) === 5 ? { ...link, delivery: 0 } : link,
  )
  const { roundsToExact } = simulate(stage(6, { graph: { size: 6, links } }))
  t.ok(roundsToExact >= 5, 'a line of six')
  t.end()
})

t.test('a fault names a device that there is', (t) => {
  t.throws(() => simulate(stage(3, { faults: [{ kind: 'crash', device: 3, at: 1 }] })), {
    code: 'BAD_USAGE',
    message: 'a fault names device 3, wanted 0 to 2',
  })
  t.end()
})
