import type { Effect } from '../../agent/core/effect.ts'
import type { SignPurpose } from '../../agent/core/input.ts'
import { type ExactVector, SUM_TOP } from '../../agent/math/exactVector.ts'
import { decodeVector } from '../../agent/math/wireForm.ts'
import { type Bitset, has, includesAll, members, union } from '../../agent/wire/bitset.ts'
import { decodeRecord } from '../../agent/wire/codec.ts'
import { HypernetError } from '../../agent/wire/errors.ts'
import { bytesToHex, equalBytes } from '../../agent/wire/hash.ts'
import { LIMITS } from '../../agent/wire/limits.ts'
import {
  Contribution,
  type Exchange,
  Seal,
  type SealReport,
  Statement,
} from '../../agent/wire/messages.ts'
import { payloadOf } from '../../agent/wire/signature.ts'
import { greatestError, slowSum } from './exactSum.ts'
import type { Host } from './host.ts'
import type { Ties } from './ties.ts'

/** An answer that a device is final with, as its seal says. */
export interface Answer {
  readonly epoch: number
  readonly contributors: Bitset
  readonly tombstones: Bitset
  readonly sum: ExactVector
  readonly rows: number
  /** Equal exactly where contributors, tombstones and sum are. */
  readonly key: string
}

/** What the checks know of the run that they look at. */
export interface Checked {
  readonly dimension: number
  readonly everyone: Bitset
  /** What a device must contribute by the readings of one of its lives, counted from 1. */
  readonly contributionOf: (
    index: number,
    life: number,
  ) => { readonly vector: ExactVector; readonly rows: number }
  readonly hostAt: (index: number) => Host
  readonly ties: Ties
  /** Added to every complaint: how to see it again. */
  readonly replay: string
}

/**
 * What must hold at every instant (trust.md 8). Everything is seen from outside, in what the devices
 * sign and publish. Each function throws HypernetError `INVARIANT` with the replay command.
 */
export interface Checks {
  /** Final answers by device, of each epoch. */
  readonly finals: ReadonlyMap<number, ReadonlyMap<number, Answer>>
  /** Greatest relative error of any final sum; more than 0 throws before it is read. */
  readonly greatestError: number
  signed(host: Host, purpose: SignPurpose, payload: Uint8Array): void
  sealed(host: Host, report: SealReport): Answer | undefined
  published(host: Host, exchange: Exchange, bytes: number): void
  stepped(host: Host, effects: readonly Effect[]): void
}

/** Effects of one step: each open epoch sets timers, reports, persists and sends a few bodies. */
const MOST_EFFECTS = 64

export function newChecks(checked: Checked): Checks {
  const { replay, hostAt, ties } = checked
  const finals = new Map<number, Map<number, Answer>>()
  /** What was signed first for one purpose, key and label. */
  const signatures = new Map<string, Uint8Array>()
  /** In which of its lives each device first signed a contribution. */
  const signedIn = new Map<string, number>()
  const answers = new Map<string, Answer>()
  let worst = 0

  const demand = (holds: boolean, host: Host, complaint: () => string): void => {
    if (holds) return
    throw new HypernetError('INVARIANT', `${host.name}: ${complaint()}\nReplay: ${replay}`)
  }

  /** The sum is exactly that of the contributions of exactly those named. Checked once for each answer. */
  const checkSum = (host: Host, answer: Answer): void => {
    const parts = members(answer.contributors).map((index) =>
      checked.contributionOf(index, signedIn.get(`${answer.epoch}/${index}`) ?? 1),
    )
    const sum = slowSum(
      parts.map(({ vector }) => vector),
      checked.dimension,
    )
    const error = greatestError(answer.sum, sum)
    worst = Math.max(worst, error)
    demand(error === 0, host, () => `final with a sum that is off by a factor of ${error}`)
    const rows = parts.reduce((total, part) => total + part.rows, 0)
    demand(answer.rows === rows, host, () => `final with ${answer.rows} rows, not ${rows}`)
    demand(
      includesAll(union(answer.contributors, answer.tombstones), checked.everyone),
      host,
      () => 'final with a set that does not account for the whole roster',
    )
  }

  const checkAgreement = (host: Host, answer: Answer): void => {
    const index = host.plan.index
    for (const [other, theirs] of finals.get(answer.epoch) ?? []) {
      if (other === index || theirs.key === answer.key || !hostAt(other).isUp) continue
      // One that was away may have been given up by the others, or have given them up, or have
      // come back without its memory to others who took it for gone.
      const givenUp =
        (ties.wasAway(index) && isGone(index, answer, theirs)) ||
        (ties.wasAway(other) && isGone(other, answer, theirs))
      if (givenUp || !ties.areTied(index, other)) continue
      demand(false, host, () => {
        const [a, b] = [answer, theirs].map(
          ({ contributors, tombstones }) =>
            `contributors ${bytesToHex(contributors)} gone ${bytesToHex(tombstones)}`,
        )
        return `final with another answer than ${hostAt(other).name}: ${a} against ${b}`
      })
    }
  }

  return {
    finals,
    get greatestError() {
      return worst
    },
    signed(host, purpose, payload) {
      const { epoch, label } = labelOf(purpose, payload)
      const signer = `${epoch}/${host.plan.index}`
      if (purpose === 'contribution' && !signedIn.has(signer)) signedIn.set(signer, host.lives)
      // A device that lost its state cannot know what it signed before; its seal binds that life alone.
      const life = purpose === 'seal' ? host.blanks : 0
      const key = `${purpose}/${host.plan.index}/${label}/${life}`
      const first = signatures.get(key)
      if (first === undefined) signatures.set(key, payload)
      else
        demand(
          equalBytes(first, payload),
          host,
          () => `signed two contents for ${purpose} ${label}`,
        )
    },
    sealed(host, report) {
      if (report.seal === undefined) return undefined
      const seal = decodeRecord(Seal, payloadOf(report.seal))
      const key = [seal.contributors, seal.tombstones, seal.exponents, seal.mantissas]
        .map(bytesToHex)
        .join('/')
      const name = `${seal.epoch}/${key}`
      let answer = answers.get(name)
      if (answer === undefined) {
        const { epoch, contributors, tombstones, rows } = seal
        const sum = decodeVector(seal, checked.dimension, SUM_TOP)
        answer = { epoch, contributors, tombstones, sum, rows, key }
        checkSum(host, answer)
        answers.set(name, answer)
      }
      const index = host.plan.index
      const ofEpoch = finals.get(seal.epoch) ?? new Map<number, Answer>()
      finals.set(seal.epoch, ofEpoch)
      const before = ofEpoch.get(index)
      if (before?.key === key) return answer
      demand(before === undefined || host.blanks > 1, host, () => 'final twice, with two answers')
      checkAgreement(host, answer)
      ofEpoch.set(index, answer)
      return answer
    },
    published(host, { flood }, bytes) {
      const within = (what: string, count: number, most: number) =>
        demand(count <= most, host, () => `published ${count} ${what}, more than ${most}`)
      within('bytes in a message', bytes, LIMITS.message)
      within('votes in a message', flood.votes?.length ?? 0, LIMITS.votes)
      within('statements in a message', flood.statements?.length ?? 0, LIMITS.evidence)
      within('tombstones in a message', flood.tombstones?.length ?? 0, LIMITS.evidence)
    },
    stepped(host, effects) {
      const most = MOST_EFFECTS * LIMITS.jobs
      demand(effects.length <= most, host, () => `${effects.length} effects of one step`)
      for (const effect of effects) {
        if (effect.kind !== 'persist') continue
        const { jobs } = effect.snapshot
        demand(jobs.length <= LIMITS.jobs, host, () => `keeps ${jobs.length} jobs`)
        // Two open ones and the last that ended.
        for (const { epochs } of jobs)
          demand(epochs.length <= LIMITS.epochs + 1, host, () => `keeps ${epochs.length} epochs`)
      }
    },
  }
}

const isGone = (index: number, ...answers: readonly Answer[]): boolean =>
  answers.some(({ tombstones }) => has(tombstones, index))

/** What a signature stands for: two contents under one label are a contradiction. */
function labelOf(
  purpose: SignPurpose,
  payload: Uint8Array,
): { readonly epoch: number; readonly label: string } {
  if (purpose === 'statement') {
    const { roster, epoch, incarnation, version } = decodeRecord(Statement, payload)
    const label = `${bytesToHex(roster.subarray(0, 8))}/${epoch}/${incarnation}/${version}`
    return { epoch, label }
  }
  const type = purpose === 'seal' ? Seal : Contribution
  const { roster, epoch } = decodeRecord<{ roster: Uint8Array; epoch: number }>(type, payload)
  return { epoch, label: `${bytesToHex(roster.subarray(0, 8))}/${epoch}` }
}
