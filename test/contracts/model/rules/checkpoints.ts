import { reward, slashAll } from './escrow.ts'
import { demand } from './failure.ts'
import { demandPhase, demandSellers } from './joining.ts'
import { bitsOf, tell } from './news.ts'
import { checkReveals } from './reveals.ts'
import {
  type Address,
  type Commitment,
  type Message,
  NOBODY,
  type Signature,
  signerOf,
  textOf,
} from './speech.ts'
import {
  freshCheckpoint,
  type Job,
  type Market,
  type Reveals,
  type Setting,
  type Shown,
  type Verdict,
} from './state.ts'
import { tally } from './tally.ts'

/** How a job's checkpoints are bound, shown and counted. */

/** Checkpoints in a row that nobody bound, after which a job is given up. */
export const MOST_MISSED = 2

function demandIndex(job: Job, index: number): void {
  demandPhase(job, 'Running')
  demand(job.index === index, 'JobEscrowWrongIndex')
}

const everybody = ({ terms }: Job): number[] => [...Array(terms.sellers).keys()]

/** Binds what all sellers committed; in the first half of the window the terms' relay alone may. */
export function anchor(
  market: Market,
  at: Setting,
  job: Job,
  { index, list }: { index: number; list: readonly Commitment[] | 'other' },
): void {
  demandIndex(job, index)
  const { commitBy, checkpoint, terms } = job
  demand(checkpoint.anchor === undefined, 'JobEscrowAnchored')
  demand(at.time <= commitBy, 'JobEscrowTooLate')
  demand(at.time >= commitBy - terms.window, 'JobEscrowTooEarly')
  const isFree = at.time >= commitBy - Math.floor(terms.window / 2)
  const isRelay = terms.relay === NOBODY || terms.relay === at.sender
  demand(isFree || isRelay, 'JobEscrowNotRelay')
  checkpoint.anchor = list
  tell(market, 'Anchored', { index })
}

/** A seller's own word, at its place in the list of sellers. */
export interface OwnWord {
  readonly place: number
  readonly commitment: Commitment
  readonly signature: Signature
}

export interface OwnCommitments {
  readonly index: number
  /** By place, each once. */
  readonly words: readonly OwnWord[]
  readonly sellers: readonly Address[]
}

/** Sellers bind their own, each once; whoever is bound is passed over. */
export function commit(market: Market, at: Setting, job: Job, call: OwnCommitments): void {
  const { index, words, sellers } = call
  demandIndex(job, index)
  demand(at.time <= job.commitBy, 'JobEscrowTooLate')
  demandSellers(job, sellers)
  demand(
    words.every(({ place }) => place < job.sellers.length),
    'JobEscrowWrongSellers',
  )
  const { own } = job.checkpoint
  const fresh = words.filter(({ place }) => !own.has(place))
  demand(fresh.length > 0, 'JobEscrowCommitted')
  for (const { place, commitment, signature } of fresh) {
    const signer = signerOf(signature, { type: 'Commit', job: job.address, index, commitment })
    demand(signer === job.sellers[place], 'JobEscrowBadSignature')
    own.set(place, commitment)
    tell(market, 'Committed', { index, place })
  }
}

/** Sellers' signatures are shown; with all of them the checkpoint closes, else more may be shown. */
export function attest(
  market: Market,
  at: Setting,
  job: Job,
  { index, reveals }: { index: number; reveals: Reveals },
): void {
  demandIndex(job, index)
  const { commitBy, terms, checkpoint } = job
  demand(at.time > commitBy, 'JobEscrowTooEarly')
  demand(at.time <= commitBy + terms.window, 'JobEscrowTooLate')
  const { revealed } = reveals
  demand(
    revealed.every((place) => place < terms.sellers),
    'JobEscrowWrongSellers',
  )
  checkReveals(job, reveals)
  const tallied = checkpoint.tally?.shown ?? []
  const before = tallied.flatMap(({ by }) => by)
  demand(
    revealed.some((place) => !before.includes(place)),
    'JobEscrowNotMore',
  )
  // Whoever shows all of them again starts anew, others from anything that was told.
  const isAnew = before.every((place) => revealed.includes(place))
  const earlier = isAnew ? [] : reveals.earlier
  const known = earlier.flatMap(({ by }) => by)
  demand(isAnew || checkpoint.told.has(textOf(earlier)), 'JobEscrowWrongShown')
  demand(
    before.every((place) => known.includes(place) || revealed.includes(place)),
    'JobEscrowWrongShown',
  )
  const shown = [...earlier, ...added(reveals, known)]
  const votes = new Map(shown.flatMap(({ claim, by }) => by.map((place) => [place, claim])))
  const verdict = tally(votes, terms)
  if (votes.size === terms.sellers) {
    finish(market, at, job, verdict)
    return
  }
  checkpoint.tally = { shown, verdict }
  checkpoint.told.set(textOf(shown), shown)
  const [ok, bad] = [bitsOf(verdict.ok), bitsOf(verdict.bad)]
  tell(market, 'Attested', { index, ok, bad })
}

/** What a call shows of those who were not shown before, a claim at a time as the call lists them. */
function added({ claims, claimOf, revealed }: Reveals, before: readonly number[]): Shown[] {
  return claims
    .map((claim, at) => ({
      claim,
      by: revealed.filter((place, shown) => claimOf[shown] === at && !before.includes(place)),
    }))
    .filter(({ by }) => by.length > 0)
}

/** The buyer pays everybody for the running checkpoint. */
export function accept(
  market: Market,
  at: Setting,
  job: Job,
  { index, signature }: { index: number; signature: Signature },
): void {
  demandIndex(job, index)
  const signer = signerOf(signature, { type: 'Accept', job: job.address, index })
  demand(signer === job.terms.buyer, 'JobEscrowBadSignature')
  finish(market, at, job, { ok: everybody(job), bad: [] })
}

/** Ends a checkpoint whose window is over, by what was shown. */
export function close(market: Market, at: Setting, job: Job, index: number): void {
  demandIndex(job, index)
  demand(at.time > job.commitBy + job.terms.window, 'JobEscrowTooEarly')
  finish(market, at, job, job.checkpoint.tally?.verdict ?? { ok: [], bad: [] })
}

function finish(market: Market, at: Setting, job: Job, verdict: Verdict): void {
  const { terms, checkpoint } = job
  const { index } = job
  const isBound = checkpoint.anchor !== undefined || checkpoint.own.size > 0
  job.missed = isBound || verdict.ok.length > 0 ? 0 : job.missed + 1
  job.index += 1
  job.checkpoint = freshCheckpoint()
  job.history.push(verdict)
  if (job.index === terms.checkpoints || job.stopping || job.missed === MOST_MISSED)
    job.phase = 'Settling'
  else job.commitBy = Math.max(job.commitBy + terms.period, at.time + terms.window)
  const [ok, bad] = [bitsOf(verdict.ok), bitsOf(verdict.bad)]
  tell(market, 'CheckpointClosed', { index, ok, bad, nextCommitBy: job.commitBy })
  reward(market, at, job)
}

/** The buyer ends the job after the running checkpoint. */
export function stop(market: Market, job: Job, signature: Signature): void {
  demandPhase(job, 'Running')
  demand(!job.stopping, 'JobEscrowStopping')
  const signer = signerOf(signature, { type: 'Stop', job: job.address })
  demand(signer === job.terms.buyer, 'JobEscrowBadSignature')
  job.stopping = true
  tell(market, 'StopRequested', { index: job.index })
}

/** One thing that somebody said, and its signature. */
export interface Evidence {
  readonly message: Message & { readonly type: 'Checkpoint' | 'Contribution' }
  readonly signature: Signature
}

/** Two different things that one seller signed for one checkpoint cost it all that it has in. */
export function equivocate(
  market: Market,
  job: Job,
  { one, other }: { one: Evidence; other: Evidence },
): void {
  demand(textOf(one.message) !== textOf(other.message), 'JobEscrowNoConflict')
  const seller = signerOf(one.signature, one.message)
  demand(seller === signerOf(other.signature, other.message), 'JobEscrowBadSignature')
  tell(market, 'Equivocated', { seller, index: one.message.index })
  slashAll(market, job, seller)
}
