import t from 'tap'
import { sensorId } from '../../../agent/wire/ids.ts'
import type { Order } from '../../../agent/wire/messages.ts'
import { simulate } from '../../../controller/sim/simulator.ts'
import { answersOf, averageOrder, endings, stage, withoutAnswer } from '../../scenarios/stage.ts'

/** A line through what the devices read; the first of them reads something else. */
const order: Order = {
  ...averageOrder,
  method: 'flood',
  model: {
    type: 'leastSquares',
    response: ['y'],
    terms: [[1], ['x']],
    names: ['1', 'x'],
    robust: 'gate',
  },
  sensors: [sensorId('x'), sensorId('y')].map((id) => ({ id, unit: '' })),
}
const fleet = (change: object = {}, method: Order['method'] = 'flood') =>
  stage(12, {
    order: { ...order, method },
    devices: Array.from({ length: 12 }, (_, i) => ({
      name: `d${i}`,
      rows: Array.from({ length: 8 }, (_, r) => {
        const x = i + r
        return [x, (i === 0 ? 90 : 2) + 0.5 * x + Math.sin(7 * i + 3 * r)]
      }),
    })),
    columns: order.sensors,
    maxRounds: 3000,
    ...change,
  })

const refusedBy = (outcome: ReturnType<typeof simulate>) =>
  new Set(
    outcome.devices.map(({ answer }) => answer?.gate?.refused.map(({ index }) => index).join()),
  )

// The simulator holds every gate against what was contributed, and the answers against each other.
t.test('all devices refuse the same one, whatever the network does', async (t) => {
  const conditions = { loss: 0.3, duplicate: 0.1, delay: [0, 2] as const }
  const outcome = simulate(fleet({ conditions }))
  t.strictSame(withoutAnswer(outcome), [])
  t.equal(answersOf(outcome), 1)
  t.strictSame([...refusedBy(outcome)], ['0'])
})

t.test('one that crashes is out, and one that starts again refuses as before', async (t) => {
  const faults = [
    { kind: 'crash', device: 3, at: 2, silently: true },
    { kind: 'crash', device: 5, at: 6 },
    { kind: 'restart', device: 5, at: 30, memory: 'kept' },
  ]
  const outcome = simulate(fleet({ faults }))
  t.strictSame(withoutAnswer(outcome), [])
  t.equal(answersOf(outcome), 1)
  t.equal(endings(outcome).d3, 'gone')
})

t.test('by a method that does not show contributions there is no result', async (t) => {
  const outcome = simulate(fleet({}, 'tree'))
  t.equal(withoutAnswer(outcome).length, 12)
  t.match(outcome.devices[0]?.reason, /its method does not show that/)
})
