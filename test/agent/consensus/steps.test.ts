import t from 'tap'
import { flood } from '../../../agent/consensus/flood/flood.ts'
import type { AnyMethod } from '../../../agent/consensus/method.ts'
import { methodOf } from '../../../agent/consensus/methods.ts'
import { rosterAt, stepped } from '../../../agent/consensus/steps.ts'
import { bytesToHex } from '../../../agent/wire/hash.ts'
import { sensorId } from '../../../agent/wire/ids.ts'
import type { Order } from '../../../agent/wire/messages.ts'
import { simulate } from '../../../controller/sim/simulator.ts'
import { answersOf, averageOrder, endings, stage, withoutAnswer } from '../../scenarios/stage.ts'

/** Fits y = top exp(-rate x) to what the devices read; it takes some ten sums. */
const order: Order = {
  ...averageOrder,
  model: {
    type: 'nonlinearLeastSquares',
    response: ['y'],
    terms: [
      [['*', 2], 'top', ['exp', 1], ['*', 2], 'rate', 'x'],
      [['exp', 1], ['*', 2], 'rate', 'x'],
      [['*', 3], 'top', 'x', ['exp', 1], ['*', 2], 'rate', 'x'],
    ],
    names: ['top', 'rate'],
    values: Float64Array.of(40, 1, -1e9, 1e9, -1, -1e9, 1e9),
  },
  sensors: [sensorId('x'), sensorId('y')].map((id) => ({ id, unit: '' })),
}
const fleet = (size: number, method: Order['method'], change: object = {}) =>
  stage(size, {
    order: { ...order, method },
    devices: Array.from({ length: size }, (_, i) => ({
      name: `d${i}`,
      rows: [
        [i, 3 * Math.exp(-0.5 * i)],
        [i + 0.5, 3.1 * Math.exp(-0.5 * (i + 0.5))],
      ],
    })),
    columns: order.sensors,
    maxRounds: 6000,
    ...change,
  })

t.test('a method in steps is made once', async (t) => {
  t.equal(stepped(methodOf('flood')), stepped(methodOf('flood')))
  t.not(stepped(methodOf('flood')), stepped(methodOf('tree')))
  t.equal(stepped(flood as unknown as AnyMethod).name, 'flood')
})

t.test('what is signed for a sum names where it is taken', async (t) => {
  const roster = new Uint8Array(32).fill(7)
  const at = (...bytes: number[]) => bytesToHex(rosterAt(roster, Uint8Array.from(bytes)))
  t.equal(rosterAt(roster, undefined), roster, 'the first is as any other')
  t.equal(new Set([at(1), at(2), at(1, 2), bytesToHex(roster)]).size, 4)
})

// The simulator holds every sum against that of the shares at the same point, and every answer against the others.
for (const method of ['flood', 'tree', 'ratio'] as const)
  t.test(`by ${method} all devices go the same way, and end with one answer`, async (t) => {
    const conditions = {
      loss: method === 'ratio' ? 0 : 0.3,
      duplicate: 0.1,
      delay: [0, 2] as const,
    }
    const outcome = simulate(fleet(9, method, { conditions }))
    t.strictSame(withoutAnswer(outcome), [])
    t.equal(answersOf(outcome), 1)
    t.equal(outcome.devices[0]?.answer?.at !== undefined, true, 'after more than one sum')
    const { roundsToExact, rounds } = outcome
    t.ok(roundsToExact > rounds / 2 && roundsToExact <= rounds, 'the answer is held in the last')
  })

for (const method of ['flood', 'tree'] as const)
  t.test(`by ${method} the others go on where one crashes between two sums`, async (t) => {
    for (const at of [5, 11, 19]) {
      const faults = [{ kind: 'crash', device: 3, at, silently: false }]
      const outcome = simulate(fleet(6, method, { faults }))
      t.strictSame(withoutAnswer(outcome), [], `at round ${at}`)
      t.equal(answersOf(outcome), 1)
      t.equal(endings(outcome).d3, 'gone')
    }
  })

t.test(
  'one that starts again between two sums takes itself out, and holds up nobody',
  async (t) => {
    for (const memory of ['kept', 'lost']) {
      const faults = [
        { kind: 'crash', device: 2, at: 13 },
        { kind: 'restart', device: 2, at: 16, memory },
      ]
      const outcome = simulate(fleet(6, 'flood', { faults }))
      const others = withoutAnswer(outcome).filter((name) => name !== 'd2')
      t.strictSame(others, [], `memory ${memory}`)
      t.equal(answersOf(outcome), 1)
    }
  },
)

// Some that were cut off went through sums of their own; heard again, they were waited for without end.
t.test('those who went another way are not waited for once the fleet is whole again', async (t) => {
  const sides = Array.from({ length: 12 }, (_, i) => (i % 4 === 1 ? 1 : 0))
  const faults = [{ kind: 'partition', sides, at: 8, until: 90 }]
  const conditions = { loss: 0, duplicate: 0, delay: [0, 2] as const }
  const outcome = simulate(fleet(12, 'flood', { faults, conditions }))
  t.strictSame(withoutAnswer(outcome), [])
})
