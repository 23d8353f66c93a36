import t from 'tap'
import type { Adjacency } from '../../../../agent/consensus/overlay.ts'
import { bury } from '../../../../agent/consensus/ratio/account.ts'
import { balanceOf } from '../../../../agent/consensus/ratio/ledger.ts'
import { type RatioState, ratio, retarget } from '../../../../agent/consensus/ratio/ratio.ts'
import { toDoubles, vectorFrom } from '../../../../agent/math/exactVector.ts'
import { randomStream } from '../../../../agent/math/random.ts'
import { encodeVector } from '../../../../agent/math/wireForm.ts'
import { members, setOf } from '../../../../agent/wire/bitset.ts'
import {
  contextFor,
  type Faults,
  overlay,
  PERIOD,
  RoundsOf,
  ring,
  signedContribution,
} from '../fleet.ts'

const BAD: Faults = { loss: 0.3, delay: 3, duplicate: 0.05 }
const fleet = (hears: Adjacency, seed: number, faults: Faults = {}): RoundsOf<RatioState> =>
  new RoundsOf(ratio, hears, seed, faults)
const stateOf = (devices: RoundsOf<RatioState>, i: number): RatioState => {
  const state = devices.states[i]
  if (!state) throw new Error(`no device ${i}`)
  return state
}
/** What a device ends with: the sum, the rows and whom it names. */
const endOf = (state: RatioState): unknown => {
  const answer = ratio.answer(state)
  return answer && [toDoubles(answer.sum), answer.rows, members(answer.contributors)]
}
const all = (size: number): number[] => Array.from({ length: size }, (_, i) => i)
/** Device i puts in i + 1/2. */
const sumOf = (indices: readonly number[]): number => indices.reduce((sum, i) => sum + i + 0.5, 0)
const without = (size: number, gone: readonly number[]) =>
  all(size).filter((i) => !gone.includes(i))

t.test('all devices end with the exact sum and the rows in it', async (t) => {
  for (const faults of [{}, { loss: 0.3 }, BAD]) {
    const devices = fleet(overlay(16), 1, faults)
    devices.run(500)
    for (const state of devices.live) t.strictSame(endOf(state), [[128], 16, all(16)])
  }
})

t.test('a ring gets there too, later', async (t) => {
  const devices = fleet(ring(8), 1)
  devices.run(500)
  t.strictSame(endOf(stateOf(devices, 0)), [[32], 8, all(8)])
})

t.test('links may go one way', async (t) => {
  const hears = all(8).map((i) => [(i + 7) % 8, (i + 3) % 8].sort((a, b) => a - b))
  const devices = fleet(hears, 3, { loss: 0.2 })
  devices.run(900)
  for (const state of devices.live) t.strictSame(endOf(state), [[32], 8, all(8)])
})

t.test('survivors of crashes end with one set and its exact sum', async (t) => {
  for (let seed = 1; seed <= 8; seed++) {
    const random = randomStream(seed)
    const gone = [random.below(16), random.below(16)]
    const crashes = new Map(gone.map((i) => [i, random.below(60)]))
    const devices = fleet(overlay(16, seed), seed, { ...(seed % 2 ? BAD : {}), crashes })
    devices.run(1500)
    const ends = devices.live.map(endOf)
    const survivors = without(16, gone)
    for (const end of ends) {
      t.strictSame(end, ends[0], `seed ${seed}`)
      const named = (end as [number[], number, number[]] | undefined)?.[2] ?? []
      // A device that stopped after all had the sum may be in it.
      t.ok(
        survivors.every((i) => named.includes(i)),
        `seed ${seed}`,
      )
      t.strictSame(end, [[sumOf(named)], named.length, named], `seed ${seed}`)
    }
  }
})

t.test('a device that restarts with what it remembers takes part again', async (t) => {
  for (let seed = 1; seed <= 6; seed++) {
    const devices = fleet(overlay(12, seed), seed, BAD)
    for (let life = 2; life <= 4; life++) {
      for (let k = 0; k < 3 + seed; k++) devices.step()
      const state = stateOf(devices, 5)
      devices.restart(5, life, ratio.remember(state))
    }
    devices.run(900)
    for (const state of devices.live) t.strictSame(endOf(state), [[72], 12, all(12)])
    for (const { account } of devices.states) {
      const ledger = account.books?.ledger
      t.ok(ledger)
      if (ledger) t.strictSame(balanceOf(ledger), ledger.held)
    }
  }
})

t.test('a device that was taken for gone and lives is summed after all', async (t) => {
  for (let seed = 1; seed <= 6; seed++) {
    const devices = fleet(overlay(12, seed), seed, BAD)
    // Half of the fleet has settled without device 5 before it is heard of again.
    const settled = (state: RatioState) => state.account.graph.self < 6
    for (let k = 0; k < 20 + seed; k++) devices.step()
    for (const { account } of devices.states.filter(settled)) bury(account, setOf(12, [5]))
    devices.run(1500)
    for (const state of devices.live) t.strictSame(endOf(state), [[72], 12, all(12)])
    for (const { account } of devices.states) {
      t.strictSame(account.gone, new Uint8Array(2))
      const ledger = account.books?.ledger
      t.ok(ledger && balanceOf(ledger).every((limb, k) => limb === ledger.held[k]))
    }
  }
})

t.test('a device that lost its state leaves, and hears the answer of the others', async (t) => {
  const devices = fleet(overlay(12), 2)
  for (let k = 0; k < 6; k++) devices.step()
  devices.restart(5, 2)
  devices.run(600)
  const survivors = without(12, [5])
  for (const state of devices.live) t.strictSame(endOf(state), [[sumOf(survivors)], 11, survivors])
})

t.test('the answer follows values that change before the vote, not after', async (t) => {
  const devices = fleet(overlay(12), 3, { loss: 0.2 })
  for (let k = 0; k < 8; k++) devices.step()
  t.ok(retarget(stateOf(devices, 4), 8 * PERIOD, signedContribution(4, 100)))
  const [guess] = ratio.estimate(stateOf(devices, 4)) ?? []
  t.type(guess, 'number')
  devices.run(600)
  const wanted = 72 - 4.5 + 100
  for (const state of devices.live) t.strictSame(endOf(state), [[wanted], 12, all(12)])
  t.notOk(retarget(stateOf(devices, 4), 9e6, signedContribution(4, 7)))
  t.strictSame(endOf(stateOf(devices, 4)), [[wanted], 12, all(12)])
})

t.test('the estimate comes close to the sum and stays there', async (t) => {
  const devices = fleet(overlay(16), 1)
  t.equal(ratio.estimate(stateOf(devices, 0)), undefined, 'units are not known yet')
  for (let k = 0; k < 18; k++) devices.step()
  for (const state of devices.live) {
    const [guess = Number.NaN] = ratio.estimate(state) ?? []
    t.ok(Math.abs(guess - 128) < 1, `${guess}`)
  }
})

t.test('numbers that fit no message end the job, with the reason', async (t) => {
  // Counters of some 1,900 bits for each of 80 components, and bounds of as many.
  const alone = ratio.open({ ...contextFor([[]], 0), dimension: 80 }, 0)
  const one = { mantissa: 2n ** 1800n + 1n, exponent: -900 }
  const vector = vectorFrom(new Array(80).fill(one))
  ratio.contribute(alone, 0, signedContribution(0, 0, encodeVector(vector)))
  ratio.tick(alone, 0)
  t.match(ratio.draft(alone), { leave: /too long, or too many/ })
  t.equal(ratio.standing(alone).isExcluded, true)
})
