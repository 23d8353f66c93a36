import t from 'tap'
import { vectorOf } from '../../../../agent/math/exactVector.ts'
import { setOf } from '../../../../agent/wire/bitset.ts'
import { scaledToRoster } from '../../../../controller/sim/estimate.ts'
import { drawGraph } from '../../../../controller/sim/graphs.ts'
import {
  errorOf,
  MOST_SAMPLES,
  newErrorHistory,
} from '../../../../controller/sim/picture/errors.ts'
import { streams } from '../../../../controller/sim/random.ts'
import { simulate } from '../../../../controller/sim/simulator.ts'
import { stage } from '../../../scenarios/stage.ts'

const of = (...numbers: number[]) => numbers

t.test('the error is the greatest of any component, relative to the exact one', async (t) => {
  t.equal(errorOf(of(1, 2), of(1, 2)), 0)
  t.equal(errorOf(of(11, -4), of(10, -2)), 1)
  t.equal(errorOf(of(0.25, 5), of(0, 5)), 0.25, 'absolute where the exact component is 0')
  t.equal(errorOf(of(3 + 2 ** -51), of(3)), 2 ** -51 / 3, 'the last bit counts')
  t.ok(Number.isNaN(errorOf(undefined, of(1))))
  t.equal(errorOf(of(), of()), 0)
})

t.test('a sum over some is scaled to the roster', async (t) => {
  const sum = vectorOf([6, 0.5])
  t.strictSame(scaledToRoster(sum, setOf(8, [0, 1]), 8), of(24, 2))
  t.strictSame(scaledToRoster(sum, setOf(3, [0, 1, 2]), 3), of(6, 0.5), 'of all: unchanged')
})

t.test('an error too small for a single is no 0', async (t) => {
  const { history, look } = newErrorHistory(1, of(1e300))
  look(0, () => of(1e300 * (1 + 2 ** -52)))
  t.ok((history.errors[0]?.[0] ?? 0) > 0)
  t.equal(errorOf(of(2 ** -1074), of(0)), 2 ** -149)
})

t.test('tells since when each device has been exact without a break', async (t) => {
  const told = [
    [1, 2, 2, 2],
    [2, 1, 2, 2],
    [2, 2, 2, 1],
  ]
  const { history, look } = newErrorHistory(4, of(2))
  for (let round = 0; round < 4; round++)
    look(round, (device) => {
      const value = told[device]?.[round]
      return value === undefined ? undefined : of(value)
    })
  t.strictSame([...history.exactSince], [1, 2, Number.NaN, Number.NaN])
  t.strictSame(history.rounds, [0, 1, 2, 3])
  t.strictSame([...(history.errors[1] ?? [])], [0, 0.5, 0, Number.NaN])
})

t.test('a long run keeps a bounded number of rounds, evenly', async (t) => {
  const { history, look } = newErrorHistory(1, of(1))
  const last = 10 * MOST_SAMPLES
  for (let round = 0; round <= last; round++) look(round, () => of(1 + round))
  t.ok(history.rounds.length <= MOST_SAMPLES && history.rounds.length >= MOST_SAMPLES / 2)
  t.strictSame(
    history.rounds,
    history.rounds.map((_, k) => 16 * k),
  )
  t.ok(history.errors.every((sample, k) => sample[0] === history.rounds[k]))
})

t.test(
  'on a ring the estimate is the mean of the entries within as many hops as rounds',
  async (t) => {
    const size = 16
    const graph = drawGraph({ kind: 'ring' }, size, streams(1)('graph'))
    // Device i reads 2^i: Σx, and so the mean, tells who is in it. Of an average Σx is the first component.
    const seen: (readonly (readonly number[] | undefined)[])[] = []
    const outcome = simulate(
      stage(size, {
        graph,
        look: (round, estimateOf) => {
          seen[round] = Array.from({ length: size }, (_, i) => estimateOf(i))
        },
      }),
    )
    for (const [round, estimates] of seen.entries())
      estimates.forEach((estimate, i) => {
        const held = Array.from({ length: size }, (_, j) => j).filter(
          (j) => Math.min((i - j + size) % size, (j - i + size) % size) <= round,
        )
        const sum = held.reduce((total, j) => total + 2 ** j, 0)
        if (estimate?.[0] !== (sum * size) / held.length)
          t.fail(`device ${i} in round ${round}`, { estimate, held })
      })
    t.ok(seen.length > outcome.rounds, 'every round to the end was shown')
    t.strictSame(seen.at(-1)?.[3]?.[0], 2 ** size - 1)
  },
)

t.test('a device that is down has no estimate, and looking changes nothing', async (t) => {
  const faults = [{ kind: 'crash', device: 4, at: 2 }] as const
  const seen: boolean[] = []
  const look = (round: number, estimateOf: (device: number) => unknown) => {
    seen[round] = estimateOf(4) !== undefined
  }
  const shown = ({ rounds, steps, devices }: ReturnType<typeof simulate>) => ({
    rounds,
    steps,
    devices: devices.map(({ endedAt, bytesOut }) => ({ endedAt, bytesOut })),
  })
  t.strictSame(shown(simulate(stage(9, { faults, look }))), shown(simulate(stage(9, { faults }))))
  t.strictSame(seen.slice(0, 4), [true, true, false, false])
})
