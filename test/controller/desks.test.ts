import t from 'tap'
import { hexOf } from '../../agent/wire/hash.ts'
import { jobId } from '../../agent/wire/ids.ts'
import { packTerms } from '../../agent/wire/market.ts'
import type { Order } from '../../agent/wire/messages.ts'
import { step } from '../../controller/core/settlement/settlement.ts'
import { newSettlement } from '../../controller/core/settlement/state.ts'
import { type Desk, Desks, MOST_UNOPENED } from '../../controller/desks.ts'
import { sampleOffer } from '../../docs/generator/marketRecords.ts'
import { sampleTerms } from '../../docs/generator/marketSamples.ts'

function deskOf(name: string, nonce: number, isOurs = false): Desk {
  const offer = { ...sampleOffer, terms: packTerms({ ...sampleTerms, nonce: BigInt(nonce) }) }
  const settlement = newSettlement(offer, {}, new Uint8Array(20))
  return {
    job: jobId(name),
    settlement,
    order: { job: jobId(name), offer } as Order, // nobody looks at the rest
    hash: new Uint8Array(32),
    address: hexOf(settlement.address),
    isOurs,
    reading: new Set(),
    held: new Map(),
    waits: undefined,
    toldWaits: undefined,
    isUnread: false,
  }
}
const open = ({ settlement }: Desk) =>
  step(settlement, { kind: 'log', log: { name: 'JobOpened', args: {} }, block: 1 }, [])
/** Adds a desk, and closes those that have to go, as a market does. */
function add(desks: Desks, desk: Desk): void {
  for (const each of desks.add(desk)) desks.remove(each)
}

t.test('orders of one name are told apart by their contracts', (t) => {
  const desks = new Desks()
  const [one, other] = [deskOf('a', 1), deskOf('a', 2)]
  add(desks, one)
  add(desks, other)
  t.equal(desks.at(one.address.toUpperCase().replace('0X', '0x')), one)
  t.strictSame(desks.of(jobId('a')), [one, other])
  step(one.settlement, { kind: 'giveUp' }, [])
  t.strictSame(desks.of(jobId('a')), [other], 'one that was given up has its name no more')
  t.equal(desks.at(one.address), one)
  t.end()
})

t.test('orders that nobody opens push out each other, never one that was opened', (t) => {
  const desks = new Desks()
  const [opened, ours] = [deskOf('a', 1), deskOf('a', 2, true)]
  for (const each of [opened, ours]) add(desks, each)
  open(opened)
  for (let nonce = 10; nonce < 100; nonce++) add(desks, deskOf('a', nonce))
  t.equal(desks.of(jobId('a')).length, 2 + MOST_UNOPENED.ofName)
  t.ok([opened, ours].every(({ address }) => desks.at(address)))
  t.ok(desks.at(deskOf('a', 99).address), 'the newest is there')
  for (let nonce = 0; nonce < 600; nonce++) add(desks, deskOf(`b${nonce}`, 1000 + nonce))
  t.equal(desks.all.length, 2 + MOST_UNOPENED.inAll)
  t.ok([opened, ours].every(({ address }) => desks.at(address)))
  t.end()
})
