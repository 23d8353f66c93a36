import type { Message } from '../core/input.ts'
import { type BlobCollector, blobCollector } from '../wire/blob.ts'
import { checkSender, decodeRecord } from '../wire/codec.ts'
import { HypernetError } from '../wire/errors.ts'
import { bytesToHex, equalBytes } from '../wire/hash.ts'
import type { FleetId, JobId, NodeId } from '../wire/ids.ts'
import { LIMITS } from '../wire/limits.ts'
import { BlobPart, Exchange, Order, Roster, Signed } from '../wire/messages.ts'
import { checksumAddress, type Purpose, payloadOf } from '../wire/signature.ts'
import type { Topic } from '../wire/topics.ts'
import { parseState } from './birth.ts'
import { openPayload } from './opened.ts'
import type { Operators } from './operators.ts'
import type { Verifier } from './verify.ts'

export interface IntakeOptions {
  readonly fleet: FleetId
  readonly node: NodeId
  readonly operators: Operators
  readonly verifier: Verifier
  /** Signed parts of an exchange that are new to the agent, with the key that must have signed each. */
  claims(exchange: Exchange): readonly ClaimOf[]
  /** Whether the agent asked to hear this device; without a job: in any job. */
  hears(node: NodeId, job?: JobId): boolean
  /** A message that may be believed: decoded, its sender and signatures checked. */
  give(message: Message): void
  /** A message of no use, with a reason that is counted and a sentence for the log. */
  drop(reason: DropReason, sentence: string): void
  /** The objects to be collected have changed. */
  collecting(blobs: readonly { job: JobId; hash: string }[]): void
}

interface ClaimOf {
  readonly purpose: Purpose
  readonly signed: Uint8Array
  readonly key: Uint8Array
  drop(): void
}

export type DropReason =
  | 'badMessage'
  | 'badSignature'
  | 'unknownOperator'
  | 'otherSigner'
  | 'notNeighbor'
  | 'notAsked'
  | 'internal'

/** The gate between the network and the agent. */
export interface Intake {
  /** Takes a message off the network. Never throws for what a stranger sent. */
  take(topic: Topic, payload: Uint8Array): void
}

interface Collection {
  readonly kind: 'order' | 'roster'
  readonly job: JobId
  readonly key: Uint8Array
  readonly hash: string
  readonly collector: BlobCollector
}
interface Waiting {
  readonly message: Message & { kind: 'roster' }
  /** Address of the operator. */
  readonly signer: Uint8Array
}

export function intake(options: IntakeOptions): Intake {
  const gate = new Gate(options)
  return {
    take(topic, payload) {
      try {
        gate.take(topic, payload)
      } catch (error) {
        const isExpected = error instanceof HypernetError && error.code !== 'INVARIANT'
        const text = error instanceof Error ? (isExpected ? error.message : error.stack) : error
        options.drop(isExpected ? 'badMessage' : 'internal', `${topic.kind}: ${text}`)
      }
    },
  }
}

class Gate {
  private readonly options: IntakeOptions
  private readonly collections = new Map<string, Collection>()
  /** Operator that signed an order, by the order's hash; of the latest orders. */
  private readonly signers = new Map<string, Uint8Array>()
  /** Rosters whose order has not come yet: it decides who may sign them. */
  private readonly waiting = new Map<JobId, Waiting>()

  constructor(options: IntakeOptions) {
    this.options = options
  }

  take(topic: Topic, payload: Uint8Array): void {
    if (topic.fleet !== this.options.fleet) return
    switch (topic.kind) {
      case 'order':
      case 'roster':
        if (payload.length) this.takeSigned(topic.kind, topic.job, payload)
        break
      case 'exchange':
      case 'announcement':
      case 'edge':
        this.takeExchange(topic, topic.node, topic.job, payload)
        break
      case 'state':
        this.takePresence(topic.node, payload)
        break
      case 'blob':
        this.takePart(topic.job, topic.hash, payload)
        break
      default:
        this.options.drop('notAsked', `a message on a topic of kind ${topic.kind}`)
    }
  }

  private takeExchange(
    topic: Topic & { kind: 'exchange' | 'announcement' | 'edge' },
    from: NodeId,
    job: JobId,
    payload: Uint8Array,
  ): void {
    const { node, hears, claims, verifier, drop, give } = this.options
    if (from === node) return // our own, back by a wildcard
    if (topic.kind === 'edge' && topic.to !== node) return
    // What is addressed may come from anybody in the roster: the agent knows who that is.
    if (topic.kind === 'exchange' && !hears(from, job)) {
      drop('notNeighbor', `${from} is no neighbor in job ${job}`)
      return
    }
    const exchange = decodeRecord(Exchange, payload)
    checkSender(topic, exchange)
    for (const claim of claims(exchange)) {
      if (verifier.verify(claim.purpose, claim.signed, claim.key)) continue
      claim.drop()
      drop('badSignature', `a ${claim.purpose} passed on by ${from} is not signed by its device`)
    }
    give({ kind: 'exchange', exchange, bytes: payload.length })
  }

  private takePresence(node: NodeId, payload: Uint8Array): void {
    if (payload.length === 0 || !this.options.hears(node)) return
    const { state, session } = parseState(payload)
    this.options.give({ kind: 'presence', node, online: state === 'online', session })
  }

  private takeSigned(kind: 'order' | 'roster', job: JobId, payload: Uint8Array): void {
    const { key, signed, blob, parts } = decodeRecord(Signed, payload)
    if (!this.options.operators.includes(key)) {
      this.options.drop(
        'unknownOperator',
        `the ${kind} of job ${job} is signed by ${checksumAddress(key)}, which agent.yaml does not name under operators`,
      )
      return
    }
    if (signed) this.open(kind, job, key.slice(), signed)
    else if (blob && parts) this.collect(kind, job, key.slice(), blob, parts)
    else throw new HypernetError('BAD_MESSAGE', `${kind} with neither content nor a blob's hash`)
  }

  private collect(
    kind: Collection['kind'],
    job: JobId,
    key: Uint8Array,
    blob: Uint8Array,
    parts: number,
  ): void {
    const name = `${kind}/${job}`
    const hash = bytesToHex(blob)
    if (this.collections.get(name)?.hash === hash) return
    if (!this.collections.has(name) && this.collections.size >= 2 * LIMITS.jobs) {
      throw new HypernetError('TOO_LARGE', 'more objects are announced than jobs can run')
    }
    const collector = blobCollector(blob, parts)
    this.collections.set(name, { kind, job, key, hash, collector })
    this.tellCollecting()
  }

  private takePart(job: JobId, hash: string, payload: Uint8Array): void {
    for (const [name, collection] of this.collections) {
      if (collection.job !== job || collection.hash !== hash) continue
      const whole = collection.collector.add(decodeRecord(BlobPart, payload))
      if (!whole) continue
      this.collections.delete(name)
      this.tellCollecting()
      this.open(collection.kind, job, collection.key, whole)
    }
  }

  private tellCollecting(): void {
    this.options.collecting([...this.collections.values()].map(({ job, hash }) => ({ job, hash })))
  }

  /** @param key address of the operator that is said to have signed */
  private open(kind: 'order' | 'roster', job: JobId, key: Uint8Array, signed: Uint8Array): void {
    const { operators, drop, fleet } = this.options
    if (!operators.verify(kind, signed, key)) {
      const signer = checksumAddress(key)
      drop('badSignature', `the ${kind} of job ${job} is not signed by ${signer} as it says`)
      return
    }
    const payload = payloadOf(signed)
    if (kind === 'order') {
      const { record: order, bytes, hash } = openPayload(Order, payload)
      if (order.job !== job || (order.fleet as string) !== fleet) {
        throw new HypernetError('BAD_MESSAGE', `order of ${order.fleet}/${order.job} under ${job}`)
      }
      this.giveOrder({ kind, order, hash, bytes }, key)
    } else {
      const { record: roster, bytes, hash } = openPayload(Roster, payload)
      if (roster.job !== job) {
        throw new HypernetError('BAD_MESSAGE', `roster of ${roster.job} under ${job}`)
      }
      this.giveRoster({ message: { kind, roster, hash, bytes }, signer: key })
    }
  }

  private giveOrder(message: Message & { kind: 'order' }, signer: Uint8Array): void {
    const hash = bytesToHex(message.hash)
    this.signers.delete(hash)
    this.signers.set(hash, signer)
    for (const oldest of this.signers.keys()) {
      if (this.signers.size <= 2 * LIMITS.jobs) break
      this.signers.delete(oldest)
    }
    this.options.give(message)
    const early = this.waiting.get(message.order.job)
    if (!early || bytesToHex(early.message.roster.order) !== hash) return
    this.waiting.delete(message.order.job)
    this.giveRoster(early)
  }

  /** A roster counts only if the operator who signed its order signed it (decisions 11). */
  private giveRoster(roster: Waiting): void {
    const { job, order } = roster.message.roster
    const owner = this.signers.get(bytesToHex(order))
    if (owner && equalBytes(owner, roster.signer)) this.options.give(roster.message)
    else if (owner) {
      const [signer, wanted] = [checksumAddress(roster.signer), checksumAddress(owner)]
      this.options.drop(
        'otherSigner',
        `the roster of job ${job} is signed by ${signer}, its order by ${wanted}`,
      )
    } else if (this.waiting.has(job) || this.waiting.size < LIMITS.jobs) {
      this.waiting.set(job, roster)
    }
  }
}
