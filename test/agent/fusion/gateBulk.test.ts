import t, { type Test } from 'tap'
import { gate } from '../../../agent/fusion/gate.ts'
import { fleetOf, modelFor, PLAIN, partsOf } from './gateFleet.ts'
import { printed, trials } from './gateTrials.ts'

/** Coefficients, rows a device, and fleets that are tried: the fewer rows, the less a fleet costs. */
const LAYOUTS = [
  [1, 1, 150],
  [1, 2, 60],
  [1, 20, 20],
  [2, 1, 30],
  [2, 3, 40],
  [3, 1, 30],
  [3, 4, 20],
  [3, 20, 10],
] as const

// One in a thousand is promised. Where no device finds anything by itself, half of ten can be fitted too well by chance.
t.test('of clean fleets nearly all are admitted, in whatever layout', async (t) => {
  for (const size of [10, 20, 50])
    for (const [coefficients, rows, fleets] of LAYOUTS) {
      const found = trials({ size, fleets, coefficients, rows, liars: 0 }, modelFor(coefficients))
      const what = `${size} sensors, ${coefficients} coefficients, ${rows} rows each`
      t.comment(`${what}: ${printed(found)}`)
      t.ok(found.wronged <= (size < 50 ? 0.02 : 0.005), what)
    }
})

t.test('also where sensors differ by more than their rows do, or come in steps', async (t) => {
  for (const [size, fleets] of [
    [10, 100],
    [20, 60],
    [50, 30],
  ] as const) {
    const common = { size, fleets, coefficients: 1, liars: 0 }
    const found = [
      trials({ ...common, rows: 20, offset: 1 }, modelFor(1)),
      trials({ ...common, rows: 1, step: 0.5 }, modelFor(1)),
      trials({ ...common, rows: 1, step: 1 }, modelFor(1)),
    ]
    for (const each of found) {
      t.comment(`${size} sensors: ${printed(each)}`)
      t.ok(each.wronged <= 0.02)
    }
  }
})

/** 5 and 20 of 50 sensors that lie. */
function held(
  t: Test,
  options: { readonly coefficients: number; readonly rows: number; readonly claim: number },
  least: number,
) {
  const model = modelFor(options.coefficients, 'w')
  const clean = trials({ ...options, liars: 0 }, model)
  t.comment(`none of 50: ${printed(clean)}`)
  for (const [liars, most] of [
    [5, 1.2],
    [20, 1.6],
  ] as const) {
    const found = trials({ ...options, liars }, model)
    const what = `${liars} of 50, ${options.coefficients} coefficients, ${options.rows} rows each`
    t.comment(`${what}: ${printed(found)}`)
    t.ok(found.gated <= most * clean.plain, what)
    t.ok(found.named >= least, `${what}: named`)
    t.ok(found.wronged <= 0.005, `${what}: honest`)
  }
}

t.test('liars by 10 deviations that claim a hundredfold precision', async (t) => {
  for (const [coefficients, rows] of [
    [1, 1],
    [1, 2],
    [1, 20],
    [2, 3],
    [3, 4],
  ] as const)
    held(t, { coefficients, rows, claim: 100 }, 1)
})

t.test('and that claim no more than others', async (t) => {
  held(t, { coefficients: 1, rows: 1, claim: 1 }, 1)
  // Of three rows each one may stand where its lies cancel.
  held(t, { coefficients: 2, rows: 3, claim: 1 }, 0.98)
})

t.test('few devices of a row each name liars, too', async (t) => {
  for (const [size, liars, least] of [
    [10, 1, 0.95],
    [20, 2, 1],
    [20, 8, 0.9],
  ] as const) {
    const common = { size, coefficients: 1, rows: 1, fleets: 100, liars }
    const claiming = trials(common, modelFor(1, 'w'))
    const plain = trials({ ...common, claim: 1 }, modelFor(1, 'w'))
    t.comment(`${liars} of ${size}: claim 100: ${printed(claiming)}; claim 1: ${printed(plain)}`)
    t.equal(claiming.named, 1)
    t.ok(plain.named >= least)
  }
})

t.test(
  'of few devices with single rows nobody is judged, unless others have rows to spare',
  async (t) => {
    const few = { seed: 3, liars: 2, bias: 1000, rows: 1 }
    const refusedOf = (size: number, more: object = {}) =>
      gate(PLAIN, partsOf(fleetOf({ ...few, size, ...more }), PLAIN)).map(({ index }) => index)
    t.strictSame(refusedOf(14), [], 'fewer than five a term')
    t.strictSame(refusedOf(20).slice(0, 2), [0, 1])
    t.strictSame(refusedOf(10, { rows: 5 }).slice(0, 2), [0, 1])
  },
)
