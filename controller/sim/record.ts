import type { Progress } from '../../agent/core/effect.ts'
import type { Millis } from '../../agent/wire/ids.ts'
import type { SealReport } from '../../agent/wire/messages.ts'
import type { Answer, Checks } from './checks.ts'
import type { Host, Watch } from './host.ts'
import type { Report } from './trace.ts'

/** What is seen of one device during a run, in the last epoch that it is to end. */
export interface DeviceRecord {
  /** Final with an answer, gave up, was refused, or none of these yet. */
  state: 'final' | 'failed' | 'refused' | 'unfinished'
  answer: Answer | undefined
  /** The last seal or failure that it published. */
  report: SealReport | undefined
  reason: string | undefined
  /** It took itself out of the epoch, for that reason. */
  hasLeft: boolean
  /** Messages that it published, and their bytes. */
  messages: number
  bytesOut: number
  endedAt: Millis
  /** The last of several sums in a row, and of that the contributions that it held at most, or whether it held a sum to vote for, and since when. */
  step: number
  held: number
  heldAt: Millis
}

/** Looks on at all devices: checks what must hold and writes down what is seen. */
export interface Recorder {
  readonly watch: Watch
  readonly records: readonly DeviceRecord[]
  /** Calls of `step`. */
  readonly steps: number
  /** A device began a new life: what it ended with before no longer counts. */
  reborn(index: number): void
}

export function newRecorder(
  size: number,
  epoch: number,
  /** What tells that a device holds the answer: `ratio` knows who contributes long before it knows their sum. */
  holdsBy: 'contributions' | 'vote',
  checks: Checks,
  now: () => Millis,
  report: Report,
): Recorder {
  const records = Array.from({ length: size }, newRecord)
  const of = (host: Host): DeviceRecord => records[host.plan.index] as DeviceRecord // one for each device
  let steps = 0

  const watch: Watch = {
    signed: (host, purpose, payload) => checks.signed(host, purpose, payload),
    stepped(host, effects) {
      steps++
      checks.stepped(host, effects)
    },
    published(host, exchange, bytes) {
      checks.published(host, exchange, bytes)
      const record = of(host)
      record.messages++
      record.bytesOut += bytes
      const { agreement, flood } = exchange
      report(host.name, 'publish', {
        seq: exchange.seq,
        bytes,
        entries: flood?.entries?.length ?? 0,
        attempt: agreement?.attempt,
        final: agreement?.final !== undefined,
      })
    },
    sealed(host, seal) {
      const answer = checks.sealed(host, seal)
      if (seal.epoch !== epoch) return
      const record = of(host)
      if (seal.left) {
        // It may yet learn the answer of the others.
        Object.assign(record, { hasLeft: true, report: seal, reason: seal.failure })
        return
      }
      const state = answer === undefined ? 'failed' : 'final'
      if (record.state !== state) {
        record.endedAt = now()
        if (answer) report(host.name, 'final', { rows: answer.rows })
        else report(host.name, 'failed', { reason: seal.failure })
      }
      record.state = state
      record.answer = answer
      record.report = seal
      record.reason = seal.failure
    },
    progressed(host, _, progress: Progress) {
      if (progress.epoch !== epoch) return
      const record = of(host)
      const hasVoted = progress.phase === 'voting' || progress.phase === 'final'
      const held = holdsBy === 'vote' ? Number(hasVoted) : progress.contributions
      const { step = 0 } = progress
      if (step > record.step || (step === record.step && held > record.held)) {
        record.step = step
        record.held = held
        record.heldAt = now()
      }
      if (progress.phase === 'refused') {
        if (record.state !== 'refused') report(host.name, 'refused', { reason: progress.error })
        record.state = 'refused'
        record.reason = progress.error
        record.endedAt = now()
      }
    },
    crashed(host) {
      report(host.name, 'crash', {})
    },
    noted(host, { level, message }) {
      report(host.name, 'note', { level, message })
    },
  }
  return {
    watch,
    records,
    get steps() {
      return steps
    },
    reborn(index) {
      const { messages, bytesOut } = records[index] as DeviceRecord // as above
      records[index] = { ...newRecord(), messages, bytesOut }
    },
  }
}

const newRecord = (): DeviceRecord => ({
  state: 'unfinished',
  answer: undefined,
  report: undefined,
  reason: undefined,
  hasLeft: false,
  messages: 0,
  bytesOut: 0,
  endedAt: 0,
  step: 0,
  held: 0,
  heldAt: 0,
})
