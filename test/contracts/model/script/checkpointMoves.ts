import type { JobCall } from '../rules/calls.ts'
import type { Evidence } from '../rules/checkpoints.ts'
import { type Address, NOBODY, type Signature } from '../rules/speech.ts'
import { accountOf, type Job } from '../rules/state.ts'
import { byBuyer } from './joinMoves.ts'
import { collect, spoil } from './reveals.ts'
import { type JobMove, type Scene, somebody, soon, timeWithin, WRONG } from './scene.ts'
import { tamper, tamperHistory, tamperSellers } from './tamper.ts'
import { RELAY, SELLERS, STRANGER } from './world.ts'

/** What can be sent to a job that runs, or is to be settled. */

const indexOf = ({ dice }: Scene, { index }: Job): number =>
  dice.chance(0.05) ? dice.pick([index + 1, Math.max(0, index - 1)]) : index

export const anchor: JobMove = (scene, job) => {
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

export const commit: JobMove = (scene, job) => {
  const { dice } = scene
  const votes = scene.votesOf(job, job.index)
  const index = indexOf(scene, job)
  const { own } = job.checkpoint
  const all = job.sellers.map((_, place) => place)
  const wanted = all.filter((place) => !own.has(place))
  const from = wanted.length === 0 || (own.size > 0 && dice.chance(0.2)) ? [...own.keys()] : wanted
  const one = from.length > 0 ? [dice.pick(from)] : []
  const more = dice.chance(0.5) ? all.filter(() => dice.chance(0.3)) : []
  const beyond = dice.chance(0.04) ? [dice.pick([all.length, 255])] : []
  const places = [...new Set([...one, ...more, ...beyond])]
  const words = places
    .sort((one, other) => one - other)
    .map((place) => {
      const vote = dice.chance(0.9) ? votes[place] : dice.pick([votes[0], undefined])
      const message = { type: 'Commit', job: job.address, index, commitment: vote } as const
      const by = job.sellers[place] ?? STRANGER
      return { place, commitment: vote, signature: tamper(dice, { by, message }, WRONG) }
    })
  const sellers = tamperSellers(dice, job.sellers, WRONG)
  const time = dice.chance(0.3) ? timeWithin(scene, job.commitBy, job.commitBy + 1) : soon(scene)
  return { call: { op: 'commit', job: job.address, index, words, sellers }, time }
}

export const attest: JobMove = (scene, job) => {
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

export const stop = byBuyer('stop', 'Stop')

export const accept: JobMove = (scene, job) => {
  const index = indexOf(scene, job)
  const message = { type: 'Accept', job: job.address, index } as const
  const signature = tamper(scene.dice, { by: job.terms.buyer, message }, WRONG)
  return { call: { op: 'accept', job: job.address, index, signature } }
}

export const close: JobMove = (scene, job) => {
  const until = job.commitBy + job.terms.window
  const time = scene.dice.chance(0.1) ? until : timeWithin(scene, until + 1, until + 30)
  return { call: { op: 'close', job: job.address, index: indexOf(scene, job) }, time }
}

const paying =
  (op: 'payout' | 'settle'): JobMove =>
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
export const equivocate: JobMove = ({ dice, market }, job) => {
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
