import { lock } from './collateral.ts'
import { escrowAt, fund, pay, reward } from './escrow.ts'
import { demand } from './failure.ts'
import { groupsByLot, MEMORY, seedOf } from './lot.ts'
import { tell } from './news.ts'
import { type Address, NOBODY, type Signature, signerOf, textOf } from './speech.ts'
import { accountOf, type Job, type Market, type Phase, type Setting } from './state.ts'

/** How a job finds its sellers, or comes to nothing. */

/** Blocks from the last join to the one that deals the groups. */
export const LOT_AFTER = 2
/** Of jobs whose groups nobody deals. */
const NO_SEED: Address = `0x${'0'.repeat(64)}`

/** @throws Failure unless the job is in this phase */
export function demandPhase({ phase }: Job, wanted: Phase): void {
  demand(phase === wanted, 'JobEscrowWrongPhase')
}

/** @throws Failure unless these are all sellers, in the order in which they joined */
export function demandSellers({ sellers }: Job, told: readonly Address[]): void {
  demand(textOf(told) === textOf(sellers), 'JobEscrowWrongSellers')
}

export const priceOf = ({ raised, terms }: Job): bigint => raised || terms.price

export interface Fill {
  readonly minPrice: bigint
  readonly deadline: number
  readonly joins: readonly Signature[]
  readonly hire: Signature
}

/** Sellers that the buyer hires take places; who is busy, poor or did not sign is passed over. */
export function fill(market: Market, at: Setting, job: Job, call: Fill): void {
  const { minPrice, deadline, joins, hire } = call
  const { terms } = job
  demandPhase(job, 'Open')
  demand(at.time <= terms.joinBy, 'JobEscrowTooLate')
  demand(minPrice <= priceOf(job), 'JobEscrowPriceTooLow')
  demand(at.time <= deadline, 'HyperVaultLate')
  const hired = signerOf(hire, { type: 'Hire', job: job.address, minPrice, deadline, joins })
  demand(hired === terms.buyer, 'HyperVaultBadSignature')
  const { collateral } = terms
  const message = { type: 'Join', job: job.address, minPrice, collateral, deadline } as const
  const before = job.sellers.length
  for (const signature of joins) {
    if (job.sellers.length === terms.sellers) break
    const seller = signerOf(signature, message)
    if (seller === NOBODY || !seller.startsWith('0x')) continue
    const address = seller as Address // an unknown signer has no tokens, and was passed over
    if (lock(accountOf(market, address), collateral, job.number)) job.sellers.push(address)
  }
  const sellers = job.sellers.slice(before)
  tell(market, 'SellersJoined', { job: job.address, sellers, minPrice })
  if (job.sellers.length < terms.sellers) return
  if (terms.replicas > 1) {
    job.phase = 'Filled'
    job.fillBlock = at.block
    job.commitBy = at.time + terms.window
    tell(market, 'Filled', { fillBlock: at.block })
  } else {
    run(market, at, job, NO_SEED)
  }
  reward(market, at, job)
}

function run(market: Market, { time }: Setting, job: Job, seed: Address): void {
  job.phase = 'Running'
  job.commitBy = time + job.terms.period
  tell(market, 'Started', { seed, commitBy: job.commitBy })
}

/** Deals the groups, once the chain knows the hash that decides. */
export function start(market: Market, at: Setting, job: Job): void {
  demandPhase(job, 'Filled')
  const age = at.block - (job.fillBlock + LOT_AFTER)
  const { lot } = at
  demand(age > 0 && age <= MEMORY && lot !== undefined, 'JobEscrowNoLot')
  job.groups = groupsByLot(lot, job.address, job.terms.sellers, job.terms.replicas)
  run(market, at, job, seedOf(lot, job.address))
}

/** The buyer pays more. */
export function raise(
  market: Market,
  job: Job,
  { price, signature }: { price: bigint; signature: Signature },
): void {
  demandPhase(job, 'Open')
  demand(price > priceOf(job), 'JobEscrowPriceTooLow')
  const amount = escrowAt(job.terms, price)
  fund(market, job, amount, signature)
  job.raised = price
  tell(market, 'PriceRaised', { price })
  tell(market, 'JobRaised', { job: job.address, funded: amount })
}

/** The buyer takes back an order that nobody has joined. */
export function cancel(market: Market, job: Job, signature: Signature): void {
  demandPhase(job, 'Open')
  demand(job.sellers.length === 0, 'JobEscrowJoined')
  const signer = signerOf(signature, { type: 'Cancel', job: job.address })
  demand(signer === job.terms.buyer, 'JobEscrowBadSignature')
  pay(market, job, 'Expired')
}

/** Ends an order that did not fill, or start, in time. */
export function expire(market: Market, at: Setting, job: Job, sellers: readonly Address[]): void {
  demand(job.phase === 'Open' || job.phase === 'Filled', 'JobEscrowWrongPhase')
  const until = job.phase === 'Open' ? job.terms.joinBy : job.commitBy
  demand(at.time > until, 'JobEscrowTooEarly')
  demandSellers(job, sellers)
  pay(market, job, 'Expired')
}
