import t from 'tap'
import { runHere } from '../../../agent/io/programs/run.ts'
import { members } from '../../../agent/wire/bitset.ts'
import { decodeRecord } from '../../../agent/wire/codec.ts'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { jobId, sensorId } from '../../../agent/wire/ids.ts'
import { Seal } from '../../../agent/wire/messages.ts'
import { payloadOf } from '../../../agent/wire/signature.ts'
import { endWith } from '../../../controller/sim/programs.ts'
import { rehearsalDocument } from '../../../controller/sim/result.ts'
import { simulate } from '../../../controller/sim/simulator.ts'
import { answersOf, averageOrder, stage, withoutAnswer } from '../../scenarios/stage.ts'

/** Mean, then mean distance from it. */
const CODE = `
export async function run(rows, allreduce) {
  const xs = rows.flatMap(({ x }) => (x === null ? [] : [x]))
  const [n, sum] = await allreduce([xs.length, xs.reduce((a, b) => a + b, 0)])
  const mean = sum / n
  const [far] = await allreduce([xs.reduce((a, x) => a + Math.abs(x - mean), 0), 0])
  return { mean, distance: far / n }
}`
const fleet = (code: string, change: object = {}) =>
  stage(9, {
    order: {
      ...averageOrder,
      job: jobId('program'),
      model: {
        type: 'program',
        terms: [['x']],
        names: ['x'],
        values: Float64Array.of(2, 10),
        code,
      },
      sensors: [{ id: sensorId('x'), unit: '' }],
      method: 'tree',
    },
    run: runHere,
    maxRounds: 3000,
    ...change,
  })

const told = ({ devices }: ReturnType<typeof simulate>): string => {
  const seal = devices[0]?.report?.seal
  return (seal && decodeRecord(Seal, payloadOf(seal)).result) ?? ''
}

t.test('all devices end with the result that the pooled rows have', async (t) => {
  const outcome = simulate(
    fleet(CODE, { conditions: { loss: 0.3, duplicate: 0.1, delay: [0, 2] } }),
  )
  t.strictSame(withoutAnswer(outcome), [])
  t.equal(answersOf(outcome), 1)
  const xs = Array.from({ length: 9 }, (_, i) => 2 ** i)
  const mean = xs.reduce((a, b) => a + b) / 9
  const distance = xs.reduce((a, x) => a + Math.abs(x - mean), 0) / 9
  t.strictSame(JSON.parse(told(outcome)), {
    mean,
    distance,
  })
})

t.test('whenever devices leave, the result is of the rows of those that remain', async (t) => {
  const seen = new Set<string>()
  for (const at of [3, 6, 9, 12, 15, 18]) {
    const faults = [2, 7].map((device) => ({ kind: 'crash', device, at, silently: false }))
    const outcome = simulate(fleet(CODE, { faults }))
    const of = outcome.devices[0]?.answer?.contributors ?? new Uint8Array()
    const xs = members(of).map((i) => 2 ** i)
    const mean = xs.reduce((a, b) => a + b, 0) / xs.length
    const distance = xs.reduce((a, x) => a + Math.abs(x - mean), 0) / xs.length
    t.strictSame(JSON.parse(told(outcome)), { mean, distance }, `they crash in round ${at}`)
    seen.add(`${xs.length}`)
  }
  t.strictSame([...seen].sort(), ['7', '9'])
})

t.test(
  'one that comes back without its memory is missing, and the job has its result',
  async (t) => {
    const faults = [
      { kind: 'crash', device: 2, at: 6 },
      { kind: 'restart', device: 2, at: 8, memory: 'lost' },
    ]
    const scenario = fleet(CODE, { faults })
    const document = rehearsalDocument(scenario, simulate(scenario))
    t.match(document, { status: 'succeeded', contributors: { count: 8, missing: ['d2'] } })
  },
)

t.test('a program that fails takes its device out of the sum, and holds up nobody', async (t) => {
  const shy = CODE.replace('const [n', "if (xs.includes(8)) throw new Error('no')\n  const [n")
  const outcome = simulate(fleet(shy))
  t.strictSame(
    outcome.devices.map(({ answer }) => answer?.contributors[0]),
    Array.from({ length: 9 }, () => 0b11110111),
  )
})

t.test('the result does not depend on who seals first, a device of no sum neither', async (t) => {
  const shy = CODE.replace('const [n', "if (xs.includes(1)) throw new Error('no')\n  const [n")
  const scenario = fleet(shy)
  const document = rehearsalDocument(scenario, simulate(scenario))
  const reasons = [{ reason: /^its program failed: .*\bno\b/, devices: ['d0'] }]
  t.match(document, { status: 'succeeded', contributors: { count: 8, missing: ['d0'], reasons } })
})

t.test('an answer that no message holds fails the epoch, and breaks no device off', async (t) => {
  const long = `export async function run(rows, allreduce) {
  for (let k = 0; k < 4; k++) await allreduce(new Array(1000).fill(1))
  return { text: 'x'.repeat(16000) }
}`
  const wide = `export const share = (rows) =>
  new Array(1000).fill(rows.some(({ x }) => x === 1) ? 2 ** 900 : 2 ** -900)`
  for (const [code, sums] of [
    [long, 4],
    [wide, 1],
  ] as const) {
    const { order } = fleet(code)
    const model = { ...order.model, values: Float64Array.of(1000, sums) }
    const scenario = fleet(code, { order: { ...order, model } })
    const { reason } = rehearsalDocument(scenario, simulate(scenario))
    t.match(reason, /does not fit a message/)
  }
})

t.test('devices that end apart are told so', async (t) => {
  const own = CODE.replace('distance: far / n', 'distance: xs[0]')
  t.equal(answersOf(simulate(fleet(own))) >= 1, true)
})

t.test('a failure is told, a mistake of ours is not', async (t) => {
  const call = { code: '', input: { columns: [], rows: [], history: [], length: 1 } }
  const failing = (code: 'PROGRAM_FUEL' | 'INVARIANT') => () => {
    throw new HypernetError(code, 'why')
  }
  t.strictSame(endWith(failing('PROGRAM_FUEL'), call), {
    kind: 'failed',
    message: 'PROGRAM_FUEL: why',
  })
  t.throws(() => endWith(failing('INVARIANT'), call), { code: 'INVARIANT' })
  t.throws(() => endWith(undefined, call), { code: 'INVARIANT' })
})
