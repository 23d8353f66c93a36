import type { FleetId, JobId } from '../agent/wire/ids.ts'
import { topicName } from '../agent/wire/topics.ts'
import { announcement } from './io/announcement.ts'

/** The retained topics of all jobs: what devices obey, and what people read. */
export class JobTopics {
  readonly #fleet: FleetId
  readonly #operator: Uint8Array
  readonly #retain: (topic: string, payload: string | Uint8Array) => void
  /** Topics that hold the present order or roster of a job, to be emptied when others take their place. */
  readonly #announced = new Map<string, readonly string[]>()

  /** @param operator address (20 bytes) of the key that signs */
  constructor(
    fleet: FleetId,
    operator: Uint8Array,
    retain: (topic: string, payload: string | Uint8Array) => void,
  ) {
    this.#fleet = fleet
    this.#operator = operator
    this.#retain = retain
  }

  /** @param signed COSE_Sign1 array of the order or roster */
  announce(what: 'order' | 'roster', job: JobId, signed: Uint8Array): void {
    const messages = announcement(what, this.#fleet, job, signed, this.#operator)
    const name = `${what}/${job}`
    const topics = messages.map(([topic]) => topic)
    const before = this.#announced.get(name) ?? []
    for (const [topic, payload] of messages) this.#retain(topic, payload)
    for (const topic of before) if (!topics.includes(topic)) this.#retain(topic, '')
    this.#announced.set(name, topics)
  }

  /** @param last what a controller before this one may have announced */
  withdraw(what: 'order' | 'roster', job: JobId, last: Uint8Array | undefined): void {
    const name = `${what}/${job}`
    const messages = last ? announcement(what, this.#fleet, job, last, this.#operator) : []
    const topics = this.#announced.get(name) ?? messages.map(([topic]) => topic)
    const own = topicName({ kind: what, fleet: this.#fleet, job })
    for (const topic of new Set([own, ...topics])) this.#retain(topic, '')
    this.#announced.delete(name)
  }

  /** JSON for people. */
  tell(kind: 'spec' | 'status' | 'result', job: JobId, json: unknown): void {
    this.#retain(topicName({ kind, fleet: this.#fleet, job }), JSON.stringify(json))
  }

  /** Takes away what people read of a job. */
  forget(job: JobId): void {
    for (const kind of ['spec', 'status', 'result'] as const)
      this.#retain(topicName({ kind, fleet: this.#fleet, job }), '')
  }
}
