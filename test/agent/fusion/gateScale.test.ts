import t from 'tap'
import { gate } from '../../../agent/fusion/gate.ts'
import { modelFor, partsOf } from './gateFleet.ts'

const of = (count: number, value: number): number[] => new Array(count).fill(value)

/** What is refused of a fit of a mean, each device with the same reading so many times. */
function refused(readings: readonly number[], weights?: readonly number[], rows = 1) {
  const model = modelFor(1, weights && 'w')
  const fleet = readings.map((y, i) =>
    Array.from({ length: rows }, () => ({ x: 0, z: 0, y, w: weights?.[i] ?? 1 })),
  )
  return gate(model, partsOf(fleet, model)).map(({ index }) => readings[index])
}

// A thermometer of half degrees: 60 % say the same, which does not make the others liars.
const COARSE = [...of(12, 21), ...of(4, 21.5), ...of(4, 20.5)]

t.test('sensors of coarse steps are no liars', async (t) => {
  t.strictSame(refused(COARSE), [])
  t.strictSame(refused(COARSE, undefined, 10), [], 'the same reading ten times')
  t.strictSame(refused([...of(19, 21), 21.5]), [])
  t.strictSame(refused([5, 5, 5, 5.0001, 9]), [9])
})

t.test('liars among them are', async (t) => {
  t.strictSame(refused([...COARSE, ...of(3, 30)]), of(3, 30))
  t.strictSame(refused([...COARSE, ...of(3, 30)], undefined, 10), of(3, 30))
  t.strictSame(refused([...COARSE, ...of(3, 30)], [...of(20, 1), ...of(3, 100)]), of(3, 30))
  const half = [...of(7, 21), ...of(3, 21.5), ...of(2, 20.5), ...of(8, 30)]
  t.strictSame(refused(half), of(8, 30), 'two fifths')
  t.strictSame(refused(half, [...of(12, 1), ...of(8, 100)]), of(8, 30))
  const most = [...of(26, 21), ...of(2, 21.5), ...of(2, 20.5), ...of(20, 30)]
  t.strictSame(refused(most), of(20, 30), 'two fifths, and more than half say the same')
})

t.test('a step is believed up to a share of the reading', async (t) => {
  t.strictSame(refused([...of(12, 21), ...of(8, 30)]), of(8, 30), 'the honest all say the same')
  t.strictSame(refused([5, 5, 5, 9]), [9])
  const cold = COARSE.map((each) => each - 19)
  t.equal(refused(cold).length, 8, 'half a degree of two is no step')
  t.strictSame(refused(cold.map((each) => each + 273.15)), [], 'of kelvins it is')
})

t.test(
  'where all say nothing one that does is refused, by a figure that can be told',
  async (t) => {
    const model = modelFor(1)
    const fleet = [...of(7, 0), 5].map((y) => [{ x: 0, z: 0, y, w: 1 }])
    t.strictSame(gate(model, partsOf(fleet, model)), [
      { index: 7, reason: 'distance', distance: 1e300 },
    ])
  },
)
