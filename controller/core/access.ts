import { HypernetError } from '../../agent/wire/errors.ts'
import type { FleetId, NodeId } from '../../agent/wire/ids.ts'
import { LIMITS } from '../../agent/wire/limits.ts'
import {
  parseTopic,
  TOPICS,
  type Topic,
  type TopicKind,
  topicFilter,
} from '../../agent/wire/topics.ts'

export type Role = 'device' | 'controller' | 'viewer' | 'relay'

/** Who a connection is: its client id and user name, what it may do, and where. */
export interface Identity {
  readonly id: NodeId
  readonly role: Role
  readonly fleet: FleetId
}

/** Flags of a PUBLISH or will. MQTT has QoS 0 to 2; this protocol uses 0 and 1. */
export interface Delivery {
  readonly retain: boolean
  readonly qos: number
}

/**
 * Which topics of a kind a role receives: `all` of its fleet, its `own` (it is the node named),
 * those `addressed` to it, or none. `hidden` ones a wildcard may pass over without being refused,
 * but they are not delivered.
 */
type Reach = 'all' | 'own' | 'addressed' | 'hidden' | 'none'

/** What devices receive besides their own `node/<self>/#`: presence, orders, rosters, exchanges. */
const DEVICE_READS: Partial<Record<TopicKind, Reach>> = {
  state: 'all',
  order: 'all',
  roster: 'all',
  anchor: 'all',
  blob: 'all',
  exchange: 'all',
  announcement: 'all',
  hello: 'all',
  edge: 'addressed',
}

/**
 * What a relay beside the controller takes paid jobs to their end with: whose key is whose, orders, and what was bound and
 * shown. It tells what it binds, in place of the controller, and nothing else.
 */
const RELAY_READS: readonly TopicKind[] = ['state', 'info', 'order', 'blob', 'deal', 'anchor']
const RELAY_WRITES: TopicKind = 'anchor'

function reachOf(role: Role, kind: TopicKind): Reach {
  const rule = TOPICS[kind]
  if (role === 'controller') return 'all'
  if (role === 'relay') return RELAY_READS.includes(kind) ? 'all' : 'none'
  if (role === 'viewer') {
    if (kind === 'request') return 'hidden'
    return rule.form === 'json' ? 'all' : 'none'
  }
  return DEVICE_READS[kind] ?? (rule.levels.startsWith('node/:node/') ? 'own' : 'none')
}

/** Reads a topic name within the limits of the protocol; undefined where it is none of ours. */
export function readTopic(name: string): Topic | undefined {
  if (name.length > LIMITS.topicBytes) return undefined // the levels of a valid name are ASCII
  try {
    return parseTopic(name)
  } catch (error) {
    if (error instanceof HypernetError) return undefined
    throw error
  }
}

/** Whether this client may publish a message with these flags to this topic name. */
export function mayPublish(identity: Identity, name: string, delivery: Delivery): boolean {
  const topic = readTopic(name)
  if (!topic || topic.fleet !== identity.fleet) return false
  const rule = TOPICS[topic.kind]
  if (delivery.qos !== 0 && delivery.qos !== 1) return false
  if (delivery.retain && !rule.retain) return false
  if (!isWriter(identity.role, topic.kind)) return false
  return identity.role !== 'device' || ('node' in topic && topic.node === identity.id)
}

/** Whether a role publishes topics of a kind; a device those that name it. */
function isWriter(role: Role, kind: TopicKind): boolean {
  if (role === 'relay') return kind === RELAY_WRITES
  return TOPICS[kind].writer === (role === 'device' ? 'self' : role)
}

/** Whether this client may leave this will: a device on its own presence, nobody else any. */
export function mayLeaveWill(identity: Identity, name: string, delivery: Delivery): boolean {
  return readTopic(name)?.kind === 'state' && mayPublish(identity, name, delivery)
}

/** Whether a message on this topic may be handed to this client, whatever it subscribed to. */
export function mayReceive(identity: Identity, name: string): boolean {
  const topic = readTopic(name)
  return topic !== undefined && mayRead(identity, topic)
}

/** The same as `mayReceive` for a topic that was read already. */
export function mayRead(identity: Identity, topic: Topic): boolean {
  if (topic.fleet !== identity.fleet) return false
  const reach = reachOf(identity.role, topic.kind)
  if (reach === 'own') return 'node' in topic && topic.node === identity.id
  if (reach === 'addressed') return 'to' in topic && topic.to === identity.id
  return reach === 'all'
}

/**
 * Whether a topic filter stays within what the client may read: decided kind by kind, level by
 * level, as "no topic of our table that the filter can match is forbidden". A filter that can match
 * nothing is refused too. Devices use no `#`; people and controllers may write `+` for the fleet,
 * which stands for theirs.
 */
export function maySubscribe(identity: Identity, filter: string): boolean {
  const levels = filter.split('/')
  if (filter.length > LIMITS.topicBytes || levels.length > LIMITS.topicLevels) return false
  if (!levels.every((level, i) => isFilterLevel(level, i === levels.length - 1))) return false
  if (identity.role === 'device' && levels.at(-1) === '#') return false
  if (!staysInFleet(identity, levels)) return false
  let readable = 0
  for (const kind of KINDS) {
    const common = intersection(levels, patternOf(kind, identity.fleet))
    if (!common || !isNameable(common)) continue
    const reach = reachOf(identity.role, kind)
    if (reach === 'hidden') continue
    if (reach === 'none') return false
    if (reach === 'own' && common[fieldIndex(kind, ':node')] !== identity.id) return false
    if (reach === 'addressed' && common[fieldIndex(kind, ':to')] !== identity.id) return false
    readable++
  }
  return readable > 0
}

/** The topic filters that this client's messages must match, one for each kind that it may publish. */
export function writableFilters(identity: Identity): string[] {
  const kinds = KINDS.filter((kind) => isWriter(identity.role, kind))
  return kinds.map((kind) =>
    topicFilter(
      kind,
      identity.role === 'device'
        ? { fleet: identity.fleet, node: identity.id }
        : { fleet: identity.fleet },
    ),
  )
}

/** The topic filters that together match exactly what this client may receive. */
export function readableFilters(identity: Identity): string[] {
  const { fleet, id } = identity
  const filters: string[] = []
  for (const kind of KINDS) {
    const reach = reachOf(identity.role, kind)
    if (reach === 'all') filters.push(topicFilter(kind, { fleet }))
    if (reach === 'own') filters.push(topicFilter(kind, { fleet, node: id }))
    if (reach === 'addressed') filters.push(topicFilter(kind, { fleet, to: id }))
  }
  return filters
}

/**
 * The same rules as a Mosquitto access list (mosquitto.conf(5), `acl_file`). Each client has its
 * own section: Mosquitto applies `pattern` lines to every user, which would let a viewer write.
 * Mosquitto cannot refuse a SUBSCRIBE from such a list (it withholds the messages instead), nor
 * tell a retained message or a will from another; receivers treat those as hints anyway.
 */
export function mosquittoAcl(identities: readonly Identity[]): string {
  const sections = identities.map((identity) => {
    const writes = writableFilters(identity).map((filter) => `topic write ${filter}`)
    const reads = readableFilters(identity).map((filter) => `topic read ${filter}`)
    return [`# ${identity.role}`, `user ${identity.id}`, ...writes, ...reads].join('\n')
  })
  return `${sections.join('\n\n')}\n`
}

const KINDS = Object.keys(TOPICS) as TopicKind[] // the keys of the table are its kinds

/** Levels that come before those of the table: protocol family, version, fleet. */
const FLEET_LEVEL =
  topicFilter('state', {}).split('/').length - TOPICS.state.levels.split('/').length - 1

const patternOf = (kind: TopicKind, fleet: FleetId): string[] =>
  topicFilter(kind, { fleet }).split('/')

const fieldIndex = (kind: TopicKind, field: string): number =>
  FLEET_LEVEL + 1 + TOPICS[kind].levels.split('/').indexOf(field)

const isFilterLevel = (level: string, last: boolean): boolean =>
  level === '+' || (level === '#' && last) || /^[A-Za-z0-9_-]{1,64}$/.test(level)

function staysInFleet(identity: Identity, levels: readonly string[]): boolean {
  const ours = patternOf('state', identity.fleet)
  const anyFleet = identity.role !== 'device' && levels[FLEET_LEVEL] === '+'
  return ours
    .slice(0, FLEET_LEVEL + 1)
    .every((level, i) => level === levels[i] || (i === FLEET_LEVEL && anyFleet))
}

/** Whether topics with these levels exist: any good id stands in for each `+`. */
const isNameable = (levels: readonly string[]): boolean =>
  readTopic(levels.map((level) => (level === '+' ? 'x' : level)).join('/')) !== undefined

/** Levels of the topics that two filters of one fleet share; undefined where they share none. */
function intersection(filter: readonly string[], pattern: readonly string[]): string[] | undefined {
  const open = filter.at(-1) === '#'
  const fixed = open ? filter.length - 1 : filter.length
  if (open ? pattern.length < fixed : pattern.length !== fixed) return undefined
  const common: string[] = []
  for (const [i, level] of pattern.entries()) {
    const wanted = i < fixed ? (filter[i] ?? '+') : '+'
    if (level !== '+' && wanted !== '+' && level !== wanted) return undefined
    common.push(wanted === '+' ? level : wanted)
  }
  return common
}
