import type { JobCall } from '../rules/calls.ts'
import type { Evidence } from '../rules/checkpoints.ts'
import { escrowAt } from '../rules/escrow.ts'
import { priceOf } from '../rules/joining.ts'
import { type Address, type Commitment, NOBODY, type Signature } from '../rules/speech.ts'
import { accountOf, type Job } from '../rules/state.ts'
import { collect, spoil } from './reveals.ts'
import { type Move, type Scene, somebody, timeWithin } from './scene.ts'
import { tamper, tamperHistory, tamperSellers } from './tamper.ts'
import { RELAY, SELLERS, STRANGER, TOKEN } from './world.ts'

/** What can be sent to a job, most often as it should be. Each works in any phase, where it is refused. */

type Maker = (scene: Scene, job: Job) => Move
/** Parts of calls that are wrong in some way. */
const WRONG = 0.13

const indexOf = ({ dice }: Scene, { index }: Job): number =>
  dice.chance(0.05) ? dice.pick([index + 1, Math.max(0, index - 1)]) : index

const soon = ({ clock }: Scene): number => clock.time + 1

export const fill: Maker = (scene, job) => {
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
  const isFit = (seller: Address) => {
    const { active, free, pool } = accountOf(market, seller)
    return active === 0 && free + pool.total >= collateral
  }
  // Whoever puts up the last that it has comes first.
  const isLast = (seller: Address) => {
    const { free, pool } = accountOf(market, seller)
    return pool.total > 0n && free + pool.total === collateral
  }
  const fit = SELLERS.filter((seller) => isFit(seller) || dice.chance(0.05))
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
  const signatures = twice.map((by) => tamper(dice, { by, message }, 0.03))
  const time = dice.chance(0.05) ? timeWithin(scene, terms.joinBy, terms.joinBy + 1) : soon(scene)
  return { call: { op: 'fill', job: job.address, minPrice, deadline, signatures }, time }
}

export const raise: Maker = ({ dice }, job) => {
  const { terms, address } = job
  const most = dice.chance(0.25) ? 3000n * TOKEN : TOKEN / 10n
  const price = priceOf(job) + (dice.chance(0.1) ? 0n : dice.amount(1n, most))
  const message = { type: 'Fund', job: address, amount: escrowAt(terms, price) } as const
  const signature = tamper(dice, { by: terms.buyer, message }, WRONG)
  return { call: { op: 'raise', job: address, price, signature } }
}

const byBuyer =
  (op: 'cancel' | 'stop', type: 'Cancel' | 'Stop'): Maker =>
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
export const stop = byBuyer('stop', 'Stop')

export const start: Maker = (_, job) => ({ call: { op: 'start', job: job.address } })

export const expire: Maker = (scene, job) => {
  const until = job.phase === 'Open' ? job.terms.joinBy : job.commitBy
  const sellers = tamperSellers(scene.dice, job.sellers, 0.3)
  const time = timeWithin(scene, until, until + 2)
  return { call: { op: 'expire', job: job.address, sellers }, time }
}

export const anchor: Maker = (scene, job) => {
  const { dice } = scene
  const { commitBy, terms } = job
  const left = dice.chance(0.3) ? dice.pick([0.2, 0.5]) : 0
  const list = scene.votesOf(job, job.index).map((vote) => (dice.chance(left) ? undefined : vote))
  const half = commitBy - Math.floor(terms.window / 2)
  const early = dice.chance(0.3)
  const first = commitBy - terms.window
  const time = early ? timeWithin(scene, first, half - 1) : timeWithin(scene, half, commitBy)
  const wrong = dice.pick([commitBy + 1, first - 1, first - 1])
  const isRelay = early ? dice.chance(0.8) : dice.chance(0.4)
  const call: JobCall = {
    op: 'anchor',
    job: job.address,
    index: indexOf(scene, job),
    list: dice.chance(0.03) ? 'other' : list,
  }
  return {
    call,
    time: dice.chance(0.12) ? wrong : time,
    sender: isRelay && terms.relay !== NOBODY ? RELAY : STRANGER,
  }
}

export const commit: Maker = (scene, job) => {
  const { dice } = scene
  const votes = scene.votesOf(job, job.index)
  const index = indexOf(scene, job)
  const own = [...job.checkpoint.own.keys()]
  const again = own.length > 0 && dice.chance(0.2)
  const place = again ? dice.pick(own) : dice.between(0, Math.max(0, job.sellers.length - 1))
  const vote = dice.chance(0.95) ? votes[place] : votes[0]
  const commitment: Commitment = vote
  const message = { type: 'Commit', job: job.address, index, commitment } as const
  const signature = tamper(dice, { by: job.sellers[place] ?? STRANGER, message }, WRONG)
  const sellers = tamperSellers(dice, job.sellers, WRONG)
  const told = dice.chance(0.04) ? dice.pick([sellers.length, 300]) : place
  const time = dice.chance(0.3) ? timeWithin(scene, job.commitBy, job.commitBy + 1) : soon(scene)
  const call = { op: 'commit', job: job.address, index, commitment, signature, sellers } as const
  return { call: { ...call, place: told }, time }
}

export const attest: Maker = (scene, job) => {
  const { dice } = scene
  const { commitBy, terms } = job
  const honest = collect(scene, job)
  const reveals = dice.chance(0.12) ? spoil(dice, honest) : honest
  const until = commitBy + terms.window
  const time = dice.chance(0.06)
    ? dice.pick([commitBy, until + 1])
    : timeWithin(scene, commitBy + 1, until)
  return { call: { op: 'attest', job: job.address, index: indexOf(scene, job), reveals }, time }
}

export const accept: Maker = (scene, job) => {
  const index = indexOf(scene, job)
  const message = { type: 'Accept', job: job.address, index } as const
  const signature = tamper(scene.dice, { by: job.terms.buyer, message }, WRONG)
  return { call: { op: 'accept', job: job.address, index, signature } }
}

export const close: Maker = (scene, job) => {
  const until = job.commitBy + job.terms.window
  const time = scene.dice.chance(0.1) ? until : timeWithin(scene, until + 1, until + 30)
  return { call: { op: 'close', job: job.address, index: indexOf(scene, job) }, time }
}

const paying =
  (op: 'payout' | 'settle'): Maker =>
  (scene, job) => {
    const { dice } = scene
    const sellers = tamperSellers(dice, job.sellers, WRONG)
    return {
      call: { op, job: job.address, sellers, ...tamperHistory(dice, job.history, 0.15) },
      sender: somebody(scene),
    }
  }
export const payout = paying('payout')
export const settle = paying('settle')

/** Two things that one device said of the same; rarely not quite. */
export const equivocate: Maker = ({ dice, market }, job) => {
  const ofPool = (seller: Address) => accountOf(market, seller).pool
  const backed = job.sellers.filter((seller) => ofPool(seller).locked > 0n)
  const last = backed.filter((seller) => ofPool(seller).locked === ofPool(seller).total)
  const likely = last.length > 0 ? last : backed
  const guilty = likely.length > 0 && dice.chance(0.7) ? likely : job.sellers
  const by = dice.chance(0.9) && guilty.length > 0 ? dice.pick(guilty) : dice.pick(SELLERS)
  const evidence = (k: number, type: 'Checkpoint' | 'Contribution'): Evidence => {
    const [tag, claim] = [
      `two-faced ${k}`,
      { group: 0, roster: '', share: '', result: `says ${k}` },
    ]
    const { address, index } = job
    const message =
      type === 'Checkpoint'
        ? ({ type, job: address, index, claim } as const)
        : ({ type, job: address, index, shard: 'shard', value: tag } as const)
    const signature: Signature = { by, message }
    return { message, signature: tamper(dice, signature, 0.04) }
  }
  const type = dice.pick(['Checkpoint', 'Contribution'] as const)
  const one = evidence(0, type)
  const other = evidence(dice.chance(0.08) ? 0 : 1, type)
  // Two signatures that nobody made are of the same nobody.
  const none = ({ message, signature }: Evidence) => ({
    message,
    signature: { ...signature, broken: true },
  })
  const isNone = dice.chance(0.04)
  const call = { op: 'equivocate', job: job.address } as const
  return {
    call: isNone ? { ...call, one: none(one), other: none(other) } : { ...call, one, other },
  }
}

export const MAKERS: readonly Maker[] = [
  fill,
  raise,
  cancel,
  stop,
  start,
  expire,
  anchor,
  commit,
  attest,
  accept,
  close,
  payout,
  settle,
  equivocate,
]

/** What makes sense in the phase that a job is in, by weight; calls that are refused in between. */
export function sensible(scene: Scene, job: Job): Maker {
  const { dice, clock } = scene
  const late = clock.time > job.commitBy
  const showing = job.checkpoint.tally ? 4 : 8
  const gone = clock.time > job.commitBy + job.terms.window
  switch (job.phase) {
    case 'Open':
      return dice.weighted<Maker>([
        [10, fill],
        [1, raise],
        [job.sellers.length === 0 ? 0.8 : 0.3, cancel],
        [clock.time > job.terms.joinBy ? 8 : 0.4, expire],
        [0.3, equivocate],
      ])
    case 'Filled':
      return dice.weighted<Maker>([
        [8, start],
        [1, expire],
        [0.4, equivocate],
      ])
    case 'Settling':
      return dice.weighted<Maker>([
        [10, settle],
        [0.6, equivocate],
      ])
    case 'Closed':
      return dice.pick(MAKERS)
    case 'Running':
      return dice.weighted<Maker>([
        [job.checkpoint.anchor === undefined && !late ? 9 : 0.3, anchor],
        [late ? 0.3 : 2.5, commit],
        [!gone && (late || job.checkpoint.anchor) ? showing : 0.4, attest],
        [gone ? 10 : late ? 3 : 1.2, close],
        [0.8, accept],
        [0.6, stop],
        [job.index - job.unpaid >= job.terms.payEvery ? 5 : 0.3, payout],
        [0.6, equivocate],
      ])
  }
}
