import { stayingIn } from '../rules/collateral.ts'
import { escrowAt } from '../rules/escrow.ts'
import { priceOf } from '../rules/joining.ts'
import type { Address } from '../rules/speech.ts'
import { accountOf, type Job } from '../rules/state.ts'
import { type JobMove, type Scene, soon, timeWithin, WRONG } from './scene.ts'
import { tamper, tamperSellers } from './tamper.ts'
import { SELLERS, TOKEN } from './world.ts'

/** What can be sent to a job before it runs. */

/** Whether a seller can take a place. */
export function isFit({ market }: Scene, { terms }: Job, seller: Address): boolean {
  const account = accountOf(market, seller)
  return account.active === 0 && account.free + stayingIn(account) >= terms.collateral
}

export const fill: JobMove = (scene, job) => {
  const { dice, market } = scene
  const { terms } = job
  const price = priceOf(job)
  const minPrice = dice.weighted([
    [8, price],
    [2, terms.price],
    [1, price - 1n],
    [0.4, price + 1n],
  ])
  const deadline = dice.chance(0.04) ? scene.clock.time : terms.joinBy + dice.between(0, 20)
  const { collateral } = terms
  const message = { type: 'Join', job: job.address, minPrice, collateral, deadline } as const
  // Whoever puts up the last that it has comes first.
  const isLast = (seller: Address) => {
    const { free, pool } = accountOf(market, seller)
    return pool.total > 0n && free + pool.total === collateral
  }
  const fit = SELLERS.filter((seller) => isFit(scene, job, seller) || dice.chance(0.05))
  const left = terms.sellers - job.sellers.length
  const count = dice.weighted([
    [6, left],
    [2, left + 1],
    [2, dice.between(0, left)],
  ])
  const order = dice.shuffled(fit)
  const joining = [...order.filter(isLast), ...order.filter((each) => !isLast(each))].slice(
    0,
    count,
  )
  const twice = dice.chance(0.1) ? [...joining, ...joining.slice(0, 1)] : joining
  const joins = twice.map((by) => tamper(dice, { by, message }, 0.03))
  const hiring = { type: 'Hire', job: job.address, minPrice, deadline, joins } as const
  const hire = tamper(dice, { by: terms.buyer, message: hiring }, 0.05)
  const time = dice.chance(0.05) ? timeWithin(scene, terms.joinBy, terms.joinBy + 1) : soon(scene)
  return { call: { op: 'fill', job: job.address, minPrice, deadline, joins, hire }, time }
}

export const raise: JobMove = ({ dice }, job) => {
  const { terms, address } = job
  const most = dice.chance(0.25) ? 3000n * TOKEN : TOKEN / 10n
  const price = priceOf(job) + (dice.chance(0.1) ? 0n : dice.amount(1n, most))
  const message = { type: 'Fund', job: address, amount: escrowAt(terms, price) } as const
  const signature = tamper(dice, { by: terms.buyer, message }, WRONG)
  return { call: { op: 'raise', job: address, price, signature } }
}

/** What only the buyer may say. */
export const byBuyer =
  (op: 'cancel' | 'stop', type: 'Cancel' | 'Stop'): JobMove =>
  ({ dice }, job) => {
    const message = { type, job: job.address }
    return {
      call: {
        op,
        job: job.address,
        signature: tamper(dice, { by: job.terms.buyer, message }, 0.25),
      },
    }
  }
export const cancel = byBuyer('cancel', 'Cancel')

export const start: JobMove = (_, job) => ({ call: { op: 'start', job: job.address } })

export const expire: JobMove = (scene, job) => {
  const until = job.phase === 'Open' ? job.terms.joinBy : job.commitBy
  const sellers = tamperSellers(scene.dice, job.sellers, 0.3)
  const time = timeWithin(scene, until, until + 2)
  return { call: { op: 'expire', job: job.address, sellers }, time }
}
