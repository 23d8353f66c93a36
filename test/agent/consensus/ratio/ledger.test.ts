import t from 'tap'
import {
  balanceOf,
  close,
  type Ledger,
  newLedger,
  open,
  receive,
  reopen,
  retarget,
  split,
  weightOf,
} from '../../../../agent/consensus/ratio/ledger.ts'
import { randomStream } from '../../../../agent/math/random.ts'
import { integerAt, type Wrapping, wrappingOf } from '../../../../agent/math/wrapping.ts'

const LIMBS = 4
const mass = (...integers: bigint[]): Wrapping => wrappingOf(integers, LIMBS)
const heldBy = (ledger: Ledger): bigint[] => [0, 1].map((k) => integerAt(ledger.held, k, LIMBS))

t.test('a share goes over each link and one is kept, with what is left over', async (t) => {
  const ledger = newLedger(LIMBS, mass(100n, 1000n), [1, 2], [])
  t.strictSame(split(ledger, 1n), mass(33n, 333n))
  t.strictSame(ledger.sent, mass(33n, 333n))
  t.strictSame(heldBy(ledger), [34n, 334n])
  t.strictSame(split(newLedger(LIMBS, mass(-100n, 1000n), [1, 2], []), 1n), mass(-34n, 333n))
})

t.test('too little weight is not split, nor is mass that nobody is to get', async (t) => {
  t.ok(split(newLedger(LIMBS, mass(5n, 9n), [1, 2], []), 3n))
  t.equal(split(newLedger(LIMBS, mass(5n, 8n), [1, 2], []), 3n), undefined)
  t.equal(split(newLedger(LIMBS, mass(5n, -8n), [1, 2], []), 0n), undefined)
  t.equal(split(newLedger(LIMBS, mass(5n, 9n), [], [1]), 0n), undefined)
})

t.test('a running sum brings all that was lost before; older ones bring nothing', async (t) => {
  const ledger = newLedger(LIMBS, mass(0n, 8n), [], [7])
  t.ok(receive(ledger, 7, 0, 3, mass(30n, 300n)))
  t.strictSame(heldBy(ledger), [30n, 308n])
  t.notOk(receive(ledger, 7, 0, 3, mass(30n, 300n)), 'a duplicate')
  t.notOk(receive(ledger, 7, 0, 2, mass(20n, 200n)), 'overtaken')
  t.ok(receive(ledger, 7, 0, 4, mass(40n, 400n)))
  t.strictSame(heldBy(ledger), [40n, 408n])
  t.notOk(receive(ledger, 8, 0, 9, mass(1n, 1n)), 'nobody that is heard')
  t.notOk(receive(ledger, 7, 1, 9, mass(1n, 1n)), 'another life')
})

t.test('counters may wrap around: only what is held has to fit', async (t) => {
  const ledger = newLedger(LIMBS, mass(0n, 8n), [], [7])
  receive(ledger, 7, 0, 1, mass(2n ** 127n - 5n, 1n))
  close(ledger, 7)
  t.strictSame(heldBy(ledger), [0n, 8n], 'taken back in full')
  const other = newLedger(LIMBS, mass(0n, 8n), [], [7])
  reopen(other, 7, 1, true)
  open(other, 7, 1, mass(2n ** 127n - 5n, 1n))
  t.ok(receive(other, 7, 1, 1, mass(2n ** 127n + 5n, 2n)))
  t.strictSame(heldBy(other), [10n, 9n])
})

t.test('a returning device takes nothing from a link that was not opened for it', async (t) => {
  const ledger = newLedger(LIMBS, mass(0n, 8n), [7], [7], true)
  t.notOk(receive(ledger, 7, 0, 5, mass(50n, 500n)))
  open(ledger, 7, 3, mass(1n, 1n))
  t.notOk(receive(ledger, 7, 0, 6, mass(60n, 600n)), 'opened by another life of the neighbor')
  open(ledger, 7, 0, mass(40n, 400n))
  t.ok(receive(ledger, 7, 0, 7, mass(60n, 600n)))
  open(ledger, 7, 0, mass(0n, 0n))
  t.strictSame(heldBy(ledger), [20n, 208n], 'opened once')
})

t.test('other values move the difference', async (t) => {
  const ledger = newLedger(LIMBS, mass(100n, 1000n), [1], [])
  split(ledger, 1n)
  retarget(ledger, mass(-20n, 1000n))
  t.strictSame(heldBy(ledger), [-70n, 500n])
  t.strictSame(balanceOf(ledger), ledger.held)
  t.equal(weightOf(ledger.held, LIMBS), 500n)
})

/**
 * The slow obvious version: each share is a parcel by itself, in whole numbers without bounds. A link
 * keeps all parcels of the neighbor's life; what has arrived are those up to the newest message.
 */
class Parcels {
  start: bigint
  readonly sent: bigint[] = []
  readonly openedAt = new Map<number, number>()
  readonly arrived = new Map<number, bigint[]>()
  constructor(start: bigint, links: readonly number[]) {
    this.start = start
    for (const j of links) {
      this.openedAt.set(j, 0)
      this.arrived.set(j, [])
    }
  }
  held(): bigint {
    let held = this.start
    for (const at of this.openedAt.values()) for (const x of this.sent.slice(at)) held -= x
    for (const parcels of this.arrived.values()) for (const x of parcels) held += x
    return held
  }
}

t.test('the books agree with parcels that are counted one by one', async (t) => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = randomStream(seed)
    const links = [1, 2, 3]
    const ledger = newLedger(LIMBS, mass(BigInt(random.next()) << 80n, 1n << 100n), links, links)
    const slow = [
      new Parcels(integerAt(ledger.start, 0, LIMBS), links),
      new Parcels(1n << 100n, links),
    ]
    const peers = new Map(
      links.map((j) => [j, { life: 0, seq: 0, parcels: [[], []] as bigint[][] }]),
    )
    const agree = (): boolean => slow.every((s, k) => s.held() === integerAt(ledger.held, k, LIMBS))
    for (let step = 0; step < 60; step++) {
      const j = 1 + random.below(3)
      const peer = peers.get(j)
      const what = random.below(12)
      if (what < 4) {
        const share = split(ledger, 1n)
        if (share) for (const [k, s] of slow.entries()) s.sent.push(integerAt(share, k, LIMBS))
      } else if (what < 10 && peer) {
        const mayWander = BigInt(random.next()) << 60n
        peer.parcels[0]?.push(random.below(2) ? mayWander : -mayWander)
        peer.parcels[1]?.push(BigInt(random.next()))
        peer.seq++
        if (random.below(3) === 0) continue // lost
        const sums = peer.parcels.map((list) => list.reduce((sum, x) => sum + x, 0n))
        const isTaken = receive(ledger, j, peer.life, peer.seq, mass(...sums))
        if (isTaken !== slow[0]?.arrived.has(j)) t.fail(`seed ${seed}: of ${j} taken ${isTaken}`)
        if (!isTaken) continue
        for (const [k, s] of slow.entries()) s.arrived.set(j, peer.parcels[k]?.slice() ?? [])
      } else if (what === 10 && step > 30) {
        close(ledger, j)
        for (const s of slow) {
          s.openedAt.delete(j)
          s.arrived.delete(j)
        }
      } else if (what === 11 && peer && slow[0]?.openedAt.has(j)) {
        Object.assign(peer, { life: peer.life + 1, seq: 0, parcels: [[], []] })
        reopen(ledger, j, peer.life, false)
        for (const s of slow) {
          s.openedAt.set(j, s.sent.length)
          s.arrived.set(j, [])
        }
      }
      if (!agree()) t.fail(`seed ${seed}, step ${step}`)
    }
    t.strictSame(balanceOf(ledger), ledger.held, `seed ${seed}`)
  }
})
