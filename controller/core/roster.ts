import { DEGREE } from '../../agent/consensus/overlay.ts'
import { invariant } from '../../agent/wire/errors.ts'
import { bytesToHex, hexToBytes } from '../../agent/wire/hash.ts'
import type { JobId, NodeId } from '../../agent/wire/ids.ts'
import { LIMITS } from '../../agent/wire/limits.ts'
import type { Roster, SensorNeed } from '../../agent/wire/messages.ts'
import { PROTOCOL } from '../../agent/wire/version.ts'
import { counted, someOf } from '../../agent/wire/words.ts'
import type { Birth, Device } from './fleet.ts'
import { hintsOf } from './selectorHints.ts'

/** A device that can be given work: `ready` of fleet.ts. */
export type Ready = Device & { readonly birth: Birth; readonly key: string }

/** What a job asks of a device. */
export interface Wanted {
  readonly matchLabels: Readonly<Record<string, string>>
  readonly sensors: readonly SensorNeed[]
  readonly position: boolean
  /** SHA-256 of the program that it brings, hexadecimal. */
  readonly program?: string
  readonly minNodes: number
  /** Who talks to whom: a random overlay (absent: this), or the links that the devices declare. */
  readonly neighbors?: 'auto' | 'declared'
  /** Random links that each device adds to those that it declares; absent: none. */
  readonly longLinks?: number
  /** Of a job whose rows travel with it: each shard wants so many devices, and no more take part. */
  readonly shards?: number
  readonly replicas?: number
}

/**
 * @param devices all that are ready. `known` counts those that are not as well.
 * @param awaited those that were here before the broker was reached, and were not heard since
 */
export interface Candidates {
  readonly devices: readonly Ready[]
  readonly awaited: readonly Device[]
  readonly known: number
  /** Those and others whose birth is known, online or not: a contract may name them. */
  readonly born?: readonly Ready[]
}

/** The devices that match, whether a job can run on them, and why: one word for programs, one sentence for people. */
export interface Selection {
  readonly enough: boolean
  readonly devices: readonly Ready[]
  readonly reason: 'EnoughDevices' | 'TooFewDevices' | 'TooManyDevices' | 'NotConnected'
  readonly text: string
}

interface Condition {
  readonly name: string
  /** Counted in the text only where some device fails it. */
  readonly quiet?: boolean
  holds(device: Ready): boolean
}

/**
 * Finds the devices that a job can run on. `text` says how many meet each condition, so that a
 * person sees which one is to blame: `spec.selector matches 5 of 12 devices (zone=north: 7,
 * sensor temp: 5), wanted minNodes 8`.
 */
export function select(candidates: Candidates, wanted: Wanted): Selection {
  const conditions = conditionsOf(wanted)
  const { devices, known } = candidates
  const matching = devices.filter((device) => conditions.every(({ holds }) => holds(device)))
  const counts = conditions
    .map(({ name, quiet, holds }) => ({ name, quiet, count: devices.filter(holds).length }))
    .filter(({ quiet, count }) => !quiet || count < devices.length)
    .map(({ name, count }) => `${name}: ${count}`)
  if (devices.length < known) counts.unshift(`online: ${devices.length}`)
  const which = counts.length > 0 ? ` (${counts.join(', ')})` : ''
  const found = `spec.selector matches ${matching.length} of ${counted(known, 'device')}${which}`
  if (matching.length > LIMITS.roster)
    return {
      enough: false,
      devices: matching,
      reason: 'TooManyDevices',
      text: `${found}, wanted at most ${LIMITS.roster}; narrow matchLabels`,
    }
  const { minNodes, shards = 0, replicas = 1 } = wanted
  const least = Math.max(1, minNodes, shards * replicas)
  const wantedText =
    shards * replicas > minNodes ? `${least} for data.shards x replicas` : `minNodes ${least}`
  if (matching.length < least)
    return {
      enough: false,
      devices: matching,
      reason: 'TooFewDevices',
      text: `${found}, wanted ${wantedText}${hintsOf(devices, wanted)}`,
    }
  const graph = wanted.neighbors === 'declared' ? graphMistake(matching) : undefined
  if (graph) return { enough: false, devices: matching, reason: 'NotConnected', text: graph }
  return { enough: true, devices: matching, reason: 'EnoughDevices', text: found }
}

/**
 * Devices that may come back and match: those whose last birth does, and those of which only the key
 * is known from an earlier run.
 */
export function comingBack({ awaited }: Candidates, wanted: Wanted): NodeId[] {
  const conditions = conditionsOf(wanted)
  const isReady = (device: Device): device is Ready => !!device.birth && device.key !== undefined
  return awaited
    .filter((device) => !isReady(device) || conditions.every(({ holds }) => holds(device)))
    .map(({ id }) => id)
}

/** What sets one roster of a job apart from another. */
export interface RosterTerms {
  readonly job: JobId
  /** SHA-256 of the order's payload bytes. */
  readonly order: Uint8Array
  /** Grows with each roster of the job. */
  readonly generation: number
  readonly firstEpoch: number
  /** 32 random bits for the overlay. */
  readonly seed: number
  readonly neighbors: 'auto' | 'declared'
  readonly longLinks?: number | undefined
  /** The shard of each device, where the job deals rows. */
  readonly shardOf?: ReadonlyMap<NodeId, number> | undefined
  /** When the contract of a paid job began: seconds since 1970. */
  readonly started?: number | undefined
}

/**
 * Lists the devices of a job in order of their ids. The overlay is a random 8-regular graph by
 * `seed`, everyone to everyone up to 8 devices, or the links that the devices declare, both ways, with
 * `longLinks` random ones a device. Where it is not declared, devices behind different brokers are
 * different groups.
 */
export function rosterOf(devices: readonly Ready[], terms: RosterTerms): Roster {
  const sorted = [...devices].sort((a, b) => (a.id < b.id ? -1 : 1))
  invariant(sorted.length > 0 && sorted.length <= LIMITS.roster, `roster of ${sorted.length}`)
  const roster: Roster = {
    version: PROTOCOL,
    job: terms.job,
    order: terms.order,
    generation: terms.generation,
    firstEpoch: terms.firstEpoch,
    members: sorted.map(({ id, key, birth }) => ({
      id,
      key: hexToBytes(key),
      incarnation: birth.incarnation,
    })),
  }
  const { seed, longLinks = 0, shardOf, started } = terms
  if (started !== undefined) roster.started = started
  if (shardOf) roster.shards = Uint8Array.from(sorted, ({ id }) => shardOf.get(id) ?? 0)
  if (terms.neighbors === 'declared') {
    const declared = { ...roster, links: declaredLinks(sorted).flat() }
    return longLinks > 0 ? { ...declared, longLinks, seed } : declared
  }
  if (sorted.length <= DEGREE) return roster
  const groups = brokerGroups(sorted)
  return { ...roster, degree: DEGREE, seed, ...(groups ? { groups } : {}) }
}

/** The label that names the broker which a device is connected to, where a fleet has several. */
export const BROKER_LABEL = 'broker'

/** Numbers devices by their label `broker`, those without one apart; nothing where all are alike. */
function brokerGroups(devices: readonly Ready[]): Uint8Array | undefined {
  const names = devices.map(({ birth }) =>
    Object.hasOwn(birth.labels, BROKER_LABEL) ? (birth.labels[BROKER_LABEL] ?? '') : '',
  )
  const distinct = [...new Set(names)].sort()
  if (distinct.length < 2) return undefined
  const numbers = new Map(distinct.map((name, k) => [name, Math.min(k, LIMITS.groups - 1)]))
  return Uint8Array.from(names, (name) => numbers.get(name) ?? 0)
}

/**
 * Whether the devices of a roster are still exactly those selected, under the same keys, links and groups.
 * A restarted member (new incarnation) belongs to the roster it is in: it needs no new one.
 */
export function sameMembers(roster: Roster, devices: readonly Ready[]): boolean {
  // Who has a shard keeps it for as long as it is there.
  if (roster.shards)
    return roster.members.every((member) =>
      devices.some(({ id, key }) => id === member.id && key === bytesToHex(member.key)),
    )
  const neighbors = roster.links ? 'declared' : 'auto'
  const next = rosterOf(devices, { ...roster, seed: roster.seed ?? 0, neighbors })
  if (next.members.length !== roster.members.length) return false
  if (String(next.links ?? '') !== String(roster.links ?? '')) return false
  if (String(next.groups ?? '') !== String(roster.groups ?? '')) return false
  return next.members.every((member, i) => {
    const now = roster.members[i]
    return now?.id === member.id && String(now.key) === String(member.key)
  })
}

function conditionsOf(wanted: Wanted): Condition[] {
  const labels = Object.entries(wanted.matchLabels).map(([label, value]) => ({
    name: `${label}=${value}`,
    holds: ({ birth }: Ready) => birth.labels[label] === value,
  }))
  const sensors = wanted.sensors.map(({ id, unit }) => ({
    name: unit ? `sensor ${id} in ${unit}` : `sensor ${id}`,
    holds: ({ birth }: Ready) =>
      birth.sensors.some((sensor) => sensor.id === id && (!unit || sensor.unit === unit)),
  }))
  const permitted = wanted.sensors.map(({ id }) => ({
    name: `permission for ${id}`,
    quiet: true,
    holds: ({ birth }: Ready) => {
      const granted = birth.permissions?.sensors
      return granted === undefined || granted === 'all' || granted.includes(id)
    },
  }))
  const program = {
    name: 'permission for the program',
    holds: ({ birth }: Ready) => {
      const granted = birth.permissions?.functions
      if (granted === undefined || granted === 'sandboxed') return true
      return granted !== 'none' && granted.includes(wanted.program ?? '')
    },
  }
  const position = { name: 'position', holds: ({ birth }: Ready) => birth.position !== undefined }
  return [
    ...labels,
    ...sensors,
    ...permitted,
    ...(wanted.program === undefined ? [] : [program]),
    ...(wanted.position ? [position] : []),
  ]
}

/** Declared links as index pairs, both ways, ascending. A link needs to be declared at one end only. */
function declaredLinks(devices: readonly Ready[]): [number, number][] {
  const indexOf = new Map<string, number>(devices.map(({ id }, i) => [id, i]))
  const links = new Set<number>()
  devices.forEach(({ birth }, i) => {
    if (!Array.isArray(birth.neighbors)) return
    for (const neighbor of birth.neighbors) {
      const j = indexOf.get(neighbor)
      if (j === undefined || j === i) continue
      links.add(i * devices.length + j).add(j * devices.length + i)
    }
  })
  return [...links]
    .sort((a, b) => a - b)
    .map((link) => [Math.floor(link / devices.length), link % devices.length])
}

/** Says who cannot be reached where neighbors are declared; a sum over two halves would never end. */
function graphMistake(devices: readonly Ready[]): string | undefined {
  const links = declaredLinks(devices)
  const reached = new Set([0])
  const next: number[][] = devices.map(() => [])
  for (const [from, to] of links) next[from]?.push(to)
  for (const i of reached) for (const j of next[i] ?? []) reached.add(j)
  const lost = devices.filter((_, i) => !reached.has(i)).map(({ id }) => id)
  if (lost.length === 0) return undefined
  return `the neighbors that devices declare do not connect ${someOf(lost, 3)} to ${devices[0]?.id}; add neighbors in agent.yaml, or set spec.consensus.neighbors: auto`
}
