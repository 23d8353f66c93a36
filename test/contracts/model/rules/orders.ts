import { escrowAt, fund } from './escrow.ts'
import { demand } from './failure.ts'
import { tell } from './news.ts'
import { type Address, NOBODY, type Signature } from './speech.ts'
import { freshCheckpoint, type Market, type Setting, type Terms } from './state.ts'

/** How an order becomes a job. */

const DAY = 86_400

export interface Order {
  /** Where the job of these terms stands. */
  readonly job: Address
  readonly terms: Terms
  readonly resources: string
  readonly signature: Signature
}

/** Opens a job that its buyer signed for. */
export function create(market: Market, at: Setting, order: Order): void {
  const { job: address, terms, resources, signature } = order
  const wrong = wrongField(market, at, terms)
  demand(wrong === undefined, `JobFactoryBadTerms ${wrong}`)
  demand(resources.length <= 1024, 'JobFactoryBadTerms resources')
  demand(!market.jobs.has(address), 'FailedDeployment')
  const amount = escrowAt(terms, terms.price)
  demand(market.factoryListed, 'HyperVaultNotFactory')
  demand(terms.buyer !== NOBODY, 'HyperVaultJobKnown')
  const job = {
    address,
    terms,
    number: market.jobs.size + 1,
    escrow: 0n,
    funded: 0n,
    phase: 'Open' as const,
    sellers: [],
    index: 0,
    unpaid: 0,
    missed: 0,
    stopping: false,
    raised: 0n,
    commitBy: 0,
    fillBlock: 0,
    groups: Array<number>(terms.sellers).fill(0),
    checkpoint: freshCheckpoint(),
    history: [],
  }
  fund(market, job, amount, signature)
  tell(market, 'JobCreated', { job: address, resources })
  tell(market, 'JobOpened', { job: address, buyer: terms.buyer, number: job.number })
  market.jobs.set(address, job)
}

/** The first field that no job may have, in the order in which they are looked at. */
function wrongField(market: Market, { time }: Setting, terms: Terms): string | undefined {
  const { feeBps, leastWindow, mostWindow } = market.rules
  const { sellers, replicas, checkpoints, payEvery, window, period, joinBy } = terms
  const within = (value: number, least: number, most: number) => value >= least && value <= most
  const groups = within(replicas, 3, 16) && sellers % replicas === 0
  const windows = checkpoints === 1 ? 1 : 3
  const fields: [name: string, fits: boolean][] = [
    ['sellers', within(sellers, 1, 256)],
    ['replicas', replicas === 1 || groups],
    ['checkpoints', within(checkpoints, 1, 64)],
    ['payEvery', within(payEvery, 1, checkpoints)],
    ['price', terms.price >= BigInt(checkpoints)],
    ['collateral', terms.collateral >= BigInt(checkpoints)],
    ['window', within(window, leastWindow, mostWindow)],
    ['period', period >= windows * window && period * checkpoints <= 366 * DAY],
    ['joinBy', within(joinBy, time + 1, time + 90 * DAY)],
    ['feeBps', terms.feeBps === feeBps],
  ]
  return fields.find(([, fits]) => !fits)?.[0]
}
