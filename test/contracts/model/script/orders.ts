import { escrowAt } from '../rules/escrow.ts'
import { NOBODY } from '../rules/speech.ts'
import { accountOf, type Terms } from '../rules/state.ts'
import type { Dice } from './dice.ts'
import { type Move, type Scene, somebody } from './scene.ts'
import { tamper } from './tamper.ts'
import { BUYERS, RELAY, SELLERS, TOKEN } from './world.ts'

/** New orders. */

/** Sellers, and how many of them get the same data. */
const SIZES: readonly (readonly [
  weight: number,
  size: readonly [sellers: number, replicas: number],
])[] = [
  [4, [3, 3]],
  [4, [6, 3]],
  [1, [9, 3]],
  [1, [24, 3]],
  [4, [5, 5]],
  [2, [10, 5]],
]

function drawSize(dice: Dice): { replicas: number; sellers: number } {
  if (dice.chance(0.4)) {
    const [sellers, replicas] = dice.weighted(SIZES)
    return { sellers, replicas }
  }
  return { replicas: 1, sellers: dice.chance(0.08) ? dice.between(9, 24) : dice.between(1, 8) }
}

/** Often more than a seller's own, and sometimes exactly what one and its backers have. */
function drawCollateral({ dice, market }: Scene, least: bigint): bigint {
  const backed = SELLERS.map((seller) => accountOf(market, seller))
    .filter(({ active, pool }) => active === 0 && pool.total > 0n)
    .map(({ free, pool }) => free + pool.total)
  const all = dice.pick([...backed, 0n])
  if (dice.chance(0.25) && all >= least && all < 10n * TOKEN) return all
  return dice.amount(least, dice.pick([2n, 4n, 8n]) * TOKEN)
}

function drawTerms(scene: Scene): Terms {
  const { dice, market, clock } = scene
  const { replicas, sellers } = drawSize(dice)
  const checkpoints = dice.weighted([
    [3, 1],
    [4, 2],
    [3, 3],
    [1, 4],
    [0.3, 7],
  ])
  const least = BigInt(checkpoints)
  const window = dice.between(market.rules.leastWindow, market.rules.leastWindow + 20)
  const shortest = checkpoints === 1 ? window : 3 * window
  return {
    buyer:
      dice.weighted([
        [5, BUYERS[0]],
        [4, BUYERS[1]],
        [1, BUYERS[2]],
      ]) ?? NOBODY,
    price: dice.amount(least, 3n * TOKEN),
    feeBps: market.rules.feeBps,
    relay: dice.chance(0.5) ? RELAY : NOBODY,
    collateral: drawCollateral(scene, least),
    replicas,
    spec: `order ${market.jobs.size}`,
    relayFee: dice.chance(0.5) ? 0n : dice.amount(0n, TOKEN),
    period: shortest + dice.between(0, 30),
    window,
    joinBy: clock.time + dice.between(20, 200),
    sellers,
    checkpoints,
    payEvery: dice.between(1, checkpoints),
    nonce: dice.between(0, 1),
  }
}

/** Terms that no job may have. */
function spoilTerms({ dice, market, clock }: Scene, terms: Terms): Terms {
  const { rules } = market
  const windows = terms.checkpoints === 1 ? 1 : 3
  const huge = { price: 2n ** 88n - 1n, sellers: 256, replicas: 1, relayFee: 2n ** 88n - 1n }
  return dice.pick<Terms>([
    { ...terms, sellers: dice.pick([0, 257]) },
    { ...terms, replicas: dice.pick([0, 2, 17, 16]) },
    { ...terms, sellers: 7, replicas: 3 },
    { ...terms, checkpoints: dice.pick([0, 65]) },
    { ...terms, payEvery: dice.pick([0, terms.checkpoints + 1]) },
    { ...terms, price: BigInt(terms.checkpoints - 1) },
    { ...terms, collateral: BigInt(terms.checkpoints - 1) },
    { ...terms, window: dice.pick([rules.leastWindow - 1, rules.mostWindow + 1]) },
    { ...terms, period: dice.pick([windows * terms.window - 1, 366 * 86_400 + 1]) },
    { ...terms, joinBy: dice.pick([clock.time + 1, clock.time + 91 * 86_400]) },
    { ...terms, feeBps: rules.feeBps + 1 },
    { ...terms, buyer: NOBODY },
    { ...terms, ...huge },
    { ...terms, price: 100_000n * TOKEN },
  ])
}

/** Somebody sends a buyer's order; rarely one that is wrong. */
export function order(scene: Scene): Move {
  const { dice } = scene
  const drawn = drawTerms(scene)
  const terms = dice.chance(0.3) ? spoilTerms(scene, drawn) : drawn
  const resources = dice.chance(0.03) ? 'x'.repeat(1025) : dice.pick(['', '{"cpu":2}'])
  const job = scene.jobAt(terms, resources)
  const signedFor = dice.chance(0.03) ? scene.jobAt(terms, '{"cpu":1}') : job
  const signed = { type: 'Fund', job: signedFor, amount: amountFor(terms) } as const
  const by = terms.buyer === NOBODY ? (BUYERS[0] ?? NOBODY) : terms.buyer
  const signature = tamper(dice, { by, message: signed }, 0.08)
  const call = { op: 'create', job, terms, resources, signature } as const
  return { call, time: scene.clock.time + 1, sender: somebody(scene) }
}

/** What the buyer signs over at first; nothing sensible where no escrow is as large. */
function amountFor(terms: Terms): bigint {
  try {
    return escrowAt(terms, terms.price)
  } catch {
    return 1n
  }
}
