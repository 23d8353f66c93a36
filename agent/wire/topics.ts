import { HypernetError } from './errors.ts'
import { type FleetId, fleetId, type JobId, jobId, type NodeId, nodeId, quote } from './ids.ts'
import { PROTOCOL } from './version.ts'

/** The topic prefix is spelled here and nowhere else. */
const PREFIX = `hn/${PROTOCOL}`

export type Verb = 'ping' | 'rebirth' | 'reload'
/** Everything that a topic can be about. JSON for people under node and job, CBOR for machines under net. */
export type Topic =
  | { kind: 'state' | 'info' | 'health' | 'log'; fleet: FleetId; node: NodeId }
  | { kind: 'sensor'; fleet: FleetId; node: NodeId; sensor: string }
  | { kind: 'request' | 'response'; fleet: FleetId; node: NodeId; verb: string }
  | { kind: 'spec' | 'status' | 'result'; fleet: FleetId; job: JobId }
  | { kind: 'progress'; fleet: FleetId; job: JobId; node: NodeId }
  | { kind: 'order' | 'roster' | 'anchor'; fleet: FleetId; job: JobId }
  | { kind: 'exchange' | 'announcement'; fleet: FleetId; job: JobId; node: NodeId }
  | { kind: 'hello'; fleet: FleetId; job: JobId; node: NodeId }
  | { kind: 'seal' | 'deal'; fleet: FleetId; job: JobId; node: NodeId }
  | { kind: 'edge'; fleet: FleetId; job: JobId; node: NodeId; to: NodeId }
  | { kind: 'blob'; fleet: FleetId; job: JobId; hash: string; part: string }
export type TopicKind = Topic['kind']

/**
 * Levels of each kind of topic after `hn/1/<fleet>/`. `:node` is the publisher (or, for `request`,
 * the addressee). The broker's access list, the subscriptions and the table in docs/protocol.md
 * are derived from this table.
 */
export const TOPICS = {
  state: { levels: 'node/:node/state', retain: true, qos: 1, form: 'json', writer: 'self' },
  info: { levels: 'node/:node/info', retain: true, qos: 1, form: 'json', writer: 'self' },
  health: { levels: 'node/:node/health', retain: true, qos: 1, form: 'json', writer: 'self' },
  log: { levels: 'node/:node/log', retain: false, qos: 0, form: 'json', writer: 'self' },
  sensor: {
    levels: 'node/:node/sensor/:sensor',
    retain: false,
    qos: 0,
    form: 'json',
    writer: 'self',
  },
  request: {
    levels: 'node/:node/request/:verb',
    retain: false,
    qos: 1,
    form: 'json',
    writer: 'controller',
  },
  response: {
    levels: 'node/:node/response/:verb',
    retain: false,
    qos: 1,
    form: 'json',
    writer: 'self',
  },
  spec: { levels: 'job/:job/spec', retain: true, qos: 1, form: 'json', writer: 'controller' },
  status: { levels: 'job/:job/status', retain: true, qos: 1, form: 'json', writer: 'controller' },
  result: { levels: 'job/:job/result', retain: true, qos: 1, form: 'json', writer: 'controller' },
  progress: {
    levels: 'job/:job/node/:node/status',
    retain: true,
    qos: 1,
    form: 'json',
    writer: 'self',
  },
  order: { levels: 'net/:job/order', retain: true, qos: 1, form: 'cbor', writer: 'controller' },
  roster: { levels: 'net/:job/roster', retain: true, qos: 1, form: 'cbor', writer: 'controller' },
  anchor: { levels: 'net/:job/anchor', retain: true, qos: 1, form: 'cbor', writer: 'controller' },
  exchange: { levels: 'net/:job/x/:node', retain: false, qos: 0, form: 'cbor', writer: 'self' },
  announcement: {
    levels: 'net/:job/a/:node',
    retain: false,
    qos: 0,
    form: 'cbor',
    writer: 'self',
  },
  edge: { levels: 'net/:job/e/:node/:to', retain: false, qos: 0, form: 'cbor', writer: 'self' },
  seal: { levels: 'net/:job/seal/:node', retain: false, qos: 1, form: 'cbor', writer: 'self' },
  deal: { levels: 'net/:job/deal/:node', retain: true, qos: 1, form: 'cbor', writer: 'self' },
  hello: { levels: 'net/:job/hello/:node', retain: true, qos: 1, form: 'cbor', writer: 'self' },
  blob: {
    levels: 'net/:job/blob/:hash/:part',
    retain: true,
    qos: 1,
    form: 'cbor',
    writer: 'controller',
  },
} as const satisfies Record<TopicKind, TopicRule>

export interface TopicRule {
  readonly levels: string
  readonly retain: boolean
  readonly qos: 0 | 1
  readonly form: 'json' | 'cbor'
  /** Who may publish: the device that the topic names, or the controller. */
  readonly writer: 'self' | 'controller'
}

/** Spells a topic name. */
export function topicName(topic: Topic): string {
  const levels = TOPICS[topic.kind].levels.replace(/:(\w+)/g, (_, field: string) => {
    return String((topic as unknown as Record<string, string>)[field]) // the table names only fields of its kind
  })
  return `${PREFIX}/${topic.fleet}/${levels}`
}

/** Spells a topic filter; a field that is not given stands as `+`. */
export function topicFilter(kind: TopicKind, fields: Readonly<Record<string, string>>): string {
  const levels = TOPICS[kind].levels.replace(/:(\w+)/g, (_, field: string) => fields[field] ?? '+')
  return `${PREFIX}/${fields.fleet ?? '+'}/${levels}`
}

/** The filters that a person or viewer watches a fleet with. */
export const watchFilters = (fleet?: FleetId): string[] => [
  `${PREFIX}/${fleet ?? '+'}/job/#`,
  `${PREFIX}/${fleet ?? '+'}/node/#`,
]

const kinds = Object.entries(TOPICS).map(([kind, rule]) => ({
  kind,
  parts: rule.levels.split('/'),
}))

/** Reads a topic name. @throws HypernetError `BAD_MESSAGE` when it is none of ours, `BAD_ID` when an id is wrong */
export function parseTopic(name: string): Topic {
  const [family, version, fleet, ...levels] = name.split('/')
  if (`${family}/${version}` === PREFIX && fleet) {
    for (const { kind, parts } of kinds) {
      if (parts.length !== levels.length) continue
      if (!parts.every((part, i) => part.startsWith(':') || part === levels[i])) continue
      const fields: Record<string, string> = { kind, fleet: fleetId(fleet) }
      parts.forEach((part, i) => {
        if (part.startsWith(':'))
          fields[part.slice(1)] = checkedLevel(part.slice(1), levels[i] ?? '')
      })
      return fields as unknown as Topic // the table gave kind and exactly its fields
    }
  }
  throw new HypernetError('BAD_MESSAGE', `not a topic of this protocol: ${quote(name)}`)
}

function checkedLevel(field: string, level: string): string {
  if (field === 'job') return jobId(level)
  if (field === 'node' || field === 'to') return nodeId(level)
  if (/^[A-Za-z0-9_-]{1,64}$/.test(level)) return level
  throw new HypernetError('BAD_MESSAGE', `topic level ${quote(level)} is not a ${field}`)
}
