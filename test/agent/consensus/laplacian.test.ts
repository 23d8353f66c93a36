import t from 'tap'
import { type LaplacianState, laplacian } from '../../../agent/consensus/laplacian.ts'
import type { Adjacency } from '../../../agent/consensus/overlay.ts'
import { toDoubles } from '../../../agent/math/exactVector.ts'
import { randomStream } from '../../../agent/math/random.ts'
import { nodeId } from '../../../agent/wire/ids.ts'
import type { Exchange } from '../../../agent/wire/messages.ts'
import { contextFor, JOB, overlay, PERIOD, ROSTER, ring, signedContribution } from './fleet.ts'

/** A fleet in lockstep: all publish, then all hear, then time passes. */
function fleetOf(hears: Adjacency, values: readonly number[]): LaplacianState[] {
  return values.map((value, i) => {
    const state = laplacian.open(contextFor(hears, i), 0)
    laplacian.contribute(state, 0, signedContribution(i, value))
    return state
  })
}

function round(states: LaplacianState[], hears: Adjacency, k: number, isLost = () => false): void {
  const now = k * PERIOD
  for (const state of states) laplacian.tick(state, now)
  const said = states.map((state) => laplacian.publish(state, now)[0]?.body ?? {})
  states.forEach((state, i) => {
    for (const j of hears[i] ?? [])
      if (!isLost()) laplacian.receive(state, now, j, exchangeOf(j, k + 1, said[j] ?? {}))
  })
}

const exchangeOf = (from: number, seq: number, body: Partial<Exchange>): Exchange => ({
  version: 1,
  job: JOB,
  from: nodeId(`n${from}`),
  incarnation: 1,
  seq,
  epoch: 0,
  round: seq,
  roster: ROSTER.slice(0, 8),
  ...body,
})

t.test('values move as x - gain L x does, with the best constant gain', async (t) => {
  const size = 8
  const hears = ring(size)
  const start = Array.from({ length: size }, (_, i) => i * i)
  const states = fleetOf(hears, start)
  // Eigenvalues of a ring's Laplacian are 2 - 2 cos(2 pi k / n).
  const gain = 2 / (2 - 2 * Math.cos((2 * Math.PI) / size) + 4)
  let x = start
  for (let k = 0; k <= 10; k++) {
    round(states, hears, k)
    if (k > 0)
      x = x.map((value, i) => {
        const [left = 0, right = 0] = [x[(i + size - 1) % size], x[(i + 1) % size]]
        return value + gain * (left - value + (right - value))
      })
    for (const [i, state] of states.entries()) {
      const [guess = Number.NaN] = laplacian.estimate(state) ?? []
      t.ok(Math.abs(guess - size * (x[i] ?? 0)) < 1e-6, `round ${k}, device ${i}`)
    }
  }
})

t.test('without loss all come near the sum, each with bits of its own', async (t) => {
  const hears = overlay(16)
  const states = fleetOf(
    hears,
    hears.map((_, i) => 0.1 * i),
  )
  for (let k = 0; k < 200; k++) round(states, hears, k)
  for (const state of states) {
    const answer = laplacian.answer(state)
    const [sum = Number.NaN] = answer ? toDoubles(answer.sum) : []
    t.ok(Math.abs(sum - 12) < 1e-7, `${sum}`)
    t.equal(answer?.rows, 16)
    t.equal(laplacian.next(state), Number.POSITIVE_INFINITY, 'all have ended')
  }
})

t.test('under loss all agree on a value that is wrong', async (t) => {
  const hears = overlay(16)
  const random = randomStream(3)
  const states = fleetOf(
    hears,
    hears.map((_, i) => 2 ** i),
  )
  for (let k = 0; k < 400; k++) round(states, hears, k, () => random.fraction() < 0.3)
  const sums = states.map(
    (state) => toDoubles(laplacian.answer(state)?.sum ?? { mantissas: [], exponents: [] })[0],
  )
  const [first = Number.NaN] = sums
  for (const sum of sums) t.ok(Math.abs((sum ?? Number.NaN) / first - 1) < 1e-6, `${sum}`)
  t.ok(Math.abs(first / (2 ** 16 - 1) - 1) > 1e-3, `${first} is not 65535`)
})

t.test('an answer does not change, whatever comes after', async (t) => {
  const hears = ring(3)
  const states = fleetOf(hears, [1, 2, 3])
  for (let k = 0; k < 60; k++) round(states, hears, k)
  const [state] = states
  const answer = state && laplacian.answer(state)
  t.ok(answer)
  if (!state) return
  const values = new Uint8Array(new Float64Array([1e6, 1]).buffer)
  laplacian.receive(state, 6e3, 1, exchangeOf(1, 900, { laplacian: { values, isDone: false } }))
  t.not(laplacian.next(state), Number.POSITIVE_INFINITY, 'a neighbor goes on, and is answered')
  laplacian.tick(state, 7e3)
  t.equal(laplacian.answer(state), answer)
})

t.test('what does not belong is dropped', async (t) => {
  const [state] = fleetOf(ring(3), [1, 2, 3])
  if (!state) return
  const good = { values: new Uint8Array(16), isDone: false }
  t.notOk(laplacian.receive(state, 0, 7, exchangeOf(7, 1, { laplacian: good })), 'no neighbor')
  t.notOk(laplacian.receive(state, 0, 1, exchangeOf(1, 1, {})), 'another method')
  const short = { ...good, values: new Uint8Array(8) }
  t.notOk(laplacian.receive(state, 0, 1, exchangeOf(1, 1, { laplacian: short })))
  t.ok(laplacian.receive(state, 0, 1, exchangeOf(1, 2, { laplacian: good })))
  t.notOk(laplacian.receive(state, 0, 1, exchangeOf(1, 2, { laplacian: good })), 'again')
})

t.test('a device that leaves says nothing and ends with nothing', async (t) => {
  const [state] = fleetOf(ring(3), [1, 2, 3])
  if (!state) return
  laplacian.leave(state, 'its readings cannot be summed')
  t.strictSame(laplacian.publish(state, 0), [])
  const standing = laplacian.standing(state)
  t.match(standing, { isExcluded: true, isFinal: false })
  t.strictSame(standing.waitingFor(), [1, 2])
})
