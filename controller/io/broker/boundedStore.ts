import { Readable } from 'node:stream'
import type { AedesPublishPacket, Client, Subscription } from 'aedes'
import MemoryPersistence from 'aedes-persistence/asyncPersistence.js'

export interface StoreLimits {
  /** Messages that wait for one client that kept its session, and their payloads in bytes. */
  readonly queuedMessages: number
  readonly queuedBytes: number
  /** Retained messages of one writer, and their payloads in bytes. */
  readonly retainedMessages: number
  readonly retainedBytes: number
}

export interface StoreOptions extends StoreLimits {
  /** Which of a client's subscriptions are stored: aedes hands in the refused ones too. */
  allowed(client: string, filter: string): boolean
  /** Whose share a retained message counts against; undefined for none. */
  retainedOwner(topic: string): string | undefined
  /** A message was given up because a share was full. */
  dropped(client: string, reason: 'queue' | 'retained', topic: string): void
}

/** Characters that make a filter one of several topics (MQTT 5.0, 4.7.1). */
const WILD = /[+#]/

interface Shelf {
  readonly packets: AedesPublishPacket[]
  bytes: number
}

/**
 * What aedes remembers, in memory, with the bounds that its own store lacks (moscajs/aedes issue
 * 1087: the offline queue grows without end). When a client's queue or a writer's share of the
 * retained messages is full, the oldest gives way. Wills of other brokers do not exist here, so
 * the sweep that would publish them without a client finds nothing.
 */
export class BoundedStore extends MemoryPersistence {
  readonly #options: StoreOptions
  readonly #queues = new Map<string, Shelf>()
  readonly #retained = new Map<string, Map<string, number>>()
  readonly #packets = new Map<string, AedesPublishPacket>()

  constructor(options: StoreOptions) {
    super()
    this.#options = options
  }

  /** Messages that wait, over all clients. */
  get queued(): number {
    let sum = 0
    for (const queue of this.#queues.values()) sum += queue.packets.length
    return sum
  }

  /** Whether a message waits for a client and was not handed to its socket yet. */
  isUnsent(client: string, packet: AedesPublishPacket): boolean {
    const waiting = this.#queues.get(client)?.packets ?? []
    return waiting.some((other) => isSame(other, packet) && other.messageId === undefined)
  }

  /** Forgets everything that a client's session holds. */
  async forget(client: string): Promise<void> {
    // Only the id of the client is used (aedes-persistence 11.0.0, cleanSubscriptions).
    await this.cleanSubscriptions({ id: client } as Client)
  }

  override async cleanSubscriptions(client: Client): Promise<void> {
    this.#queues.delete(client.id)
    await super.cleanSubscriptions(client)
  }

  override async addSubscriptions(client: Client, subscriptions: Subscription[]): Promise<void> {
    const allowed = subscriptions.filter(({ topic }) => this.#options.allowed(client.id, topic))
    await super.addSubscriptions(client, allowed)
  }

  /**
   * What is retained for filters. A topic is looked up; aedes' own compares each filter with every retained topic,
   * which took a broker of 155 devices that hear eight others each 4 s at the start of a job.
   */
  override createRetainedStreamCombi(filters: string[]): Readable {
    const topics = [...new Set(filters.filter((filter) => !WILD.test(filter)))]
    const wild = filters.filter((filter) => WILD.test(filter))
    const streams = wild.map((filter) => super.createRetainedStream(filter))
    const found = topics.flatMap((topic) => this.#packets.get(topic) ?? [])
    return Readable.from(
      (async function* () {
        yield* found
        for (const stream of streams) yield* stream
      })(),
    )
  }

  override async storeRetained(packet: AedesPublishPacket): Promise<void> {
    const owner = this.#options.retainedOwner(packet.topic)
    const evicted = owner === undefined ? [] : this.#makeRoom(owner, packet)
    const nothing = Buffer.alloc(0)
    await Promise.all([
      this.#retain(packet),
      ...evicted.map((topic) => this.#retain({ ...packet, topic, payload: nothing })),
    ])
  }

  /** Takes effect before it returns, as aedes' own does; the promise adds nothing. */
  #retain(packet: AedesPublishPacket): Promise<void> {
    if (packet.payload.length === 0) this.#packets.delete(packet.topic)
    else this.#packets.set(packet.topic, { ...packet })
    return super.storeRetained(packet)
  }

  /** Counts a message into its writer's share; returns the oldest topics that must give way. */
  #makeRoom(owner: string, packet: AedesPublishPacket): string[] {
    const share = this.#retained.get(owner) ?? new Map<string, number>()
    this.#retained.set(owner, share)
    share.delete(packet.topic)
    if (packet.payload.length > 0) share.set(packet.topic, packet.payload.length)
    let bytes = 0
    for (const size of share.values()) bytes += size
    const { retainedMessages, retainedBytes } = this.#options
    const evicted: string[] = []
    for (const [topic, size] of share) {
      if (share.size <= retainedMessages && bytes <= retainedBytes) break
      if (topic === packet.topic) break
      share.delete(topic)
      bytes -= size
      evicted.push(topic)
      this.#options.dropped(owner, 'retained', topic)
    }
    return evicted
  }

  override async outgoingEnqueue(
    to: { clientId: string },
    packet: AedesPublishPacket,
  ): Promise<void> {
    this.#enqueue(to.clientId, packet)
  }

  override async outgoingEnqueueCombi(
    to: { clientId: string }[],
    packet: AedesPublishPacket,
  ): Promise<void> {
    for (const { clientId } of to) this.#enqueue(clientId, packet)
  }

  #enqueue(client: string, packet: AedesPublishPacket): void {
    const queue = this.#queues.get(client) ?? { packets: [], bytes: 0 }
    this.#queues.set(client, queue)
    const { messageId: _publishers, ...copy } = packet // the id is the publisher's, not ours
    queue.packets.push(copy)
    queue.bytes += packet.payload.length
    const { queuedMessages, queuedBytes } = this.#options
    while (queue.packets.length > queuedMessages || queue.bytes > queuedBytes) {
      const oldest = queue.packets[0]
      if (!oldest) break
      this.#remove(client, oldest)
      this.#options.dropped(client, 'queue', oldest.topic)
    }
  }

  #remove(client: string, packet: AedesPublishPacket): void {
    const queue = this.#queues.get(client)
    const at = queue?.packets.indexOf(packet) ?? -1
    if (!queue || at < 0) return
    queue.packets.splice(at, 1)
    queue.bytes -= packet.payload.length
    if (queue.packets.length === 0) this.#queues.delete(client)
  }

  /** Notes the packet id of a delivery. One that was dropped meanwhile is not an error. */
  override async outgoingUpdate(client: Client, packet: AedesPublishPacket): Promise<void> {
    const waiting = this.#queues.get(client.id)?.packets ?? []
    const same = waiting.find((other) => isSame(other, packet))
    if (same && packet.messageId !== undefined) same.messageId = packet.messageId
  }

  /** Ends a delivery: by packet id when the client acknowledged, else by the broker's own number. */
  override async outgoingClearMessageId(
    client: Client,
    packet: AedesPublishPacket,
  ): Promise<AedesPublishPacket> {
    const waiting = this.#queues.get(client.id)?.packets ?? []
    const { messageId } = packet
    const found = waiting.find((other) =>
      messageId === undefined ? isSame(other, packet) : other.messageId === messageId,
    )
    if (found) this.#remove(client.id, found)
    return found ?? packet
  }

  override outgoingStream(client: Client): Readable {
    return Readable.from([...(this.#queues.get(client.id)?.packets ?? [])])
  }

  override streamWill(): Readable {
    return Readable.from([])
  }
}

const isSame = (a: AedesPublishPacket, b: AedesPublishPacket): boolean =>
  a.brokerId === b.brokerId && a.brokerCounter === b.brokerCounter
