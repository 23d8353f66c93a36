import t from 'tap'
import type { Range } from '../../../../agent/consensus/ratio/bounds.ts'
import {
  type Hull,
  hearWindows,
  isWatching,
  newHull,
  passWindows,
  type WindowNews,
} from '../../../../agent/consensus/ratio/hull.ts'
import { wordSetOf } from '../../../../agent/consensus/ratio/wordSet.ts'
import { fullSet, members, setOf } from '../../../../agent/wire/bitset.ts'

const LABEL = new Uint8Array(8)
const at = (low: bigint, high = low): Range => ({ low: [low], high: [high] })
const news = (window: number, bits: readonly number[], range: Range, closed: Range = 'wide') => ({
  window,
  bits: bits.length > 0 ? setOf(3, bits) : undefined,
  range: () => range,
  closed: () => closed,
  sum: () => undefined,
  spread: () => undefined,
})
/** Device 0 of three that all hear each other. */
const hullOfThree = (): Hull => newHull(3, 0, LABEL, wordSetOf(3, fullSet(3)), [1, 2])
const saysOf = (hull: Hull): WindowNews => ({
  window: hull.window,
  bits: hull.bits.bytes.slice(),
  range: () => hull.range,
  closed: () => hull.closed,
  sum: () => hull.sum,
  spread: () => hull.spread,
})
/** The sum 3 over three devices: a mean of 1. */
const one = 1n << 24n

t.test('a device contributes when all whom it hears have joined the window before', async (t) => {
  const hull = hullOfThree()
  passWindows(hull, at(one))
  t.strictSame(members(hull.bits.bytes), [], 'nobody heard yet')
  hearWindows(hull, 1, news(0, [], 'empty'), true)
  hearWindows(hull, 2, news(0, [], 'empty'), false)
  passWindows(hull, at(one))
  t.strictSame(members(hull.bits.bytes), [], 'the sums of device 2 were not taken in')
  hearWindows(hull, 2, news(0, [], 'empty'), true)
  passWindows(hull, at(one + 1n))
  t.strictSame(members(hull.bits.bytes), [0])
  t.strictSame(hull.range, at(one, one + 1n), 'all that was seen since the beginning')
})

t.test('what does not weigh anything is nothing to contribute', async (t) => {
  const hull = newHull(3, 0, LABEL, wordSetOf(3, fullSet(3)), [])
  passWindows(hull, 'empty')
  t.strictSame(members(hull.bits.bytes), [])
})

t.test('two narrow windows one after the other certify the sum; one does not', async (t) => {
  const hull = hullOfThree()
  for (const from of [1, 2]) hearWindows(hull, from, news(0, [from], at(one)), true)
  passWindows(hull, at(one))
  t.equal(hull.window, 1, 'closed')
  t.equal(hull.sum, undefined)
  for (const from of [1, 2]) hearWindows(hull, from, news(1, [from], at(one)), true)
  passWindows(hull, at(one))
  t.strictSame(hull.sum, [3n])
})

t.test('a wide window between two narrow ones certifies nothing', async (t) => {
  const hull = hullOfThree()
  for (const [window, mean] of [one, 5n * one, one].entries()) {
    for (const from of [1, 2]) hearWindows(hull, from, news(window, [from], at(mean)), true)
    passWindows(hull, at(one))
  }
  t.equal(hull.window, 3)
  t.equal(hull.sum, undefined)
})

t.test('whoever was not there when a window was closed is told its hull', async (t) => {
  const hull = hullOfThree()
  hearWindows(hull, 1, news(0, [1, 2], at(one)), true)
  hearWindows(hull, 2, news(0, [2], at(one)), true)
  passWindows(hull, at(one))
  hearWindows(hull, 1, news(1, [1, 2], at(one)), true)
  hearWindows(hull, 2, news(1, [2], at(one)), true)
  const other = newHull(3, 1, LABEL, wordSetOf(3, fullSet(3)), [0, 2])
  passWindows(other, at(one))
  hearWindows(other, 0, saysOf(hull), true)
  t.equal(other.window, 1, 'joined')
  passWindows(hull, at(one))
  t.strictSame(hull.sum, [3n])
  hearWindows(other, 0, saysOf(hull), true)
  t.strictSame(other.sum, [3n])
})

t.test('a window that skips one leaves nothing to conclude from', async (t) => {
  const hull = hullOfThree()
  hearWindows(hull, 1, news(7, [1, 2], at(one), at(one)), true)
  hearWindows(hull, 2, news(7, [2], at(one), at(one)), true)
  t.equal(hull.window, 7)
  t.equal(hull.sum, undefined)
  t.strictSame(members(hull.bits.bytes), [1, 2])
})

t.test('a range that can certify nothing any more is not watched', async (t) => {
  const hull = hullOfThree()
  t.ok(isWatching(hull))
  passWindows(hull, at(0n))
  passWindows(hull, at(one))
  t.notOk(isWatching(hull), 'the sum may be 0 to 3')
})
