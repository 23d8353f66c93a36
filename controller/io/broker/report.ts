/** What the embedded broker tells its owner. `count` is how often this happened to this client. */
export type BrokerEvent =
  /** Something that the access rules or limits forbid; it had no effect. */
  | { kind: 'refused'; client: string; what: Refusal; detail: string; count: number }
  /** A message that was given up: sender too fast, or a receiver's or writer's share full. */
  | { kind: 'dropped'; client: string; reason: Drop; detail: string; count: number }
  /** A second connection of one client closed the first: a reconnect, or two devices with one id. */
  | { kind: 'takeover'; client: string; detail: string; count: number }
  /** A connection that the broker closed, or that broke. */
  | { kind: 'closed'; client: string; detail: string; count: number }
  /** A mistake inside the broker itself. */
  | { kind: 'failed'; client: string; detail: string; count: number }

export type Refusal = 'socket' | 'connect' | 'will' | 'frame' | 'publish' | 'subscribe'
export type Drop = 'rate' | 'queue' | 'slow' | 'retained'

export interface BrokerStats {
  /** Connections now, and messages that wait for clients whose session is kept. */
  readonly clients: number
  readonly queued: number
  /** Publishes accepted from clients, and deliveries handed to sockets; payload bytes of both. */
  readonly received: number
  readonly receivedBytes: number
  readonly delivered: number
  readonly deliveredBytes: number
  readonly takeovers: number
  readonly refused: Readonly<Record<Refusal, number>>
  readonly dropped: Readonly<Record<Drop, number>>
}

type Subject = Omit<BrokerEvent, 'count'>
type Counters = { -readonly [K in keyof Omit<BrokerStats, 'refused' | 'dropped'>]: BrokerStats[K] }

export interface Report {
  readonly counters: Counters
  refused(client: string, what: Refusal, detail: string): void
  dropped(client: string, reason: Drop, detail: string): void
  note(kind: 'takeover' | 'closed' | 'failed', client: string, detail: string): void
  stats(): BrokerStats
}

/** Different (client, kind) pairs whose counts are kept; strangers could invent names without end. */
const MAX_SUBJECTS = 4096
/** Clients turned away at the door that are told of by name; those beyond are counted as one. */
const MAX_STRANGERS = 64

/**
 * Counts everything, and passes on the 1st, 2nd, 4th, 8th ... event of its kind and client, so that
 * a client that misbehaves a thousand times a second does not fill the log, nor one that comes under
 * a new name each time.
 */
export function brokerReport(log: (event: BrokerEvent) => void): Report {
  const refused = { socket: 0, connect: 0, will: 0, frame: 0, publish: 0, subscribe: 0 }
  const dropped = { rate: 0, queue: 0, slow: 0, retained: 0 }
  const counters: Counters = {
    clients: 0,
    queued: 0,
    received: 0,
    receivedBytes: 0,
    delivered: 0,
    deliveredBytes: 0,
    takeovers: 0,
  }
  const seen = new Map<string, number>()
  let strangers = 0
  const keyOf = ({ kind, client }: Subject, detailKind: string): string => {
    const key = `${kind} ${detailKind} ${client}`
    if (seen.has(key) || (detailKind !== 'connect' && detailKind !== 'socket')) return key
    return strangers++ < MAX_STRANGERS ? key : `${kind} ${detailKind}`
  }
  const tell = (subject: Subject, detailKind: string): void => {
    const key = keyOf(subject, detailKind)
    const count = (seen.get(key) ?? 0) + 1
    if (seen.size >= MAX_SUBJECTS) seen.clear()
    seen.set(key, count)
    const isPowerOfTwo = (count & (count - 1)) === 0
    if (isPowerOfTwo) log({ ...subject, count } as BrokerEvent) // a subject is an event without it
  }
  return {
    counters,
    refused(client, what, detail) {
      refused[what]++
      tell({ kind: 'refused', client, what, detail } as Subject, what)
    },
    dropped(client, reason, detail) {
      dropped[reason]++
      tell({ kind: 'dropped', client, reason, detail } as Subject, reason)
    },
    note(kind, client, detail) {
      if (kind === 'takeover') counters.takeovers++
      tell({ kind, client, detail }, '')
    },
    stats: () => ({ ...counters, refused: { ...refused }, dropped: { ...dropped } }),
  }
}
