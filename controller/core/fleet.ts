import * as z from 'zod/mini'
import {
  ID_PATTERN,
  type Millis,
  type NodeId,
  nodeId,
  quote,
  SENSOR_ID,
} from '../../agent/wire/ids.ts'
import { LIMITS } from '../../agent/wire/limits.ts'
import { namedMap } from '../../agent/wire/namedMap.ts'

/** Bytes of one `state` or `info` payload; a longer one is dropped unread. */
export const BIRTH_BYTES = 48 * 1024

const name = z.string().check(z.maxLength(64))
const counter = z.number().check(z.int(), z.gte(0), z.lte(Number.MAX_SAFE_INTEGER))
const coordinate = z.number().check(z.refine(Number.isFinite, 'wanted a finite number'))
const key = z.string().check(z.regex(/^(0x)?0[23][0-9a-f]{64}$/, 'wanted a compressed public key'))

/** A broker that is stopped sends wills before it goes: who went this shortly before it may be back. */
const LAST_WILLS: Millis = 5_000

/** Ids that are remembered; what a stranger makes up beyond is not. */
const MOST_DEVICES = 4 * LIMITS.roster

/** The `state` topic: a birth or its will. */
const State = z.object({
  state: z.enum(['online', 'offline']),
  session: counter,
  /** Drawn anew by each process, so that two devices under one id can be told apart. */
  instance: z.optional(name),
})

/** The `info` topic. Fields that a newer agent adds are let through unread. */
const Info = z.object({
  node: z.string().check(z.regex(ID_PATTERN)),
  key,
  incarnation: counter,
  labels: z._default(namedMap(name, name), {}),
  sensors: z._default(
    z
      .array(z.object({ id: z.string().check(z.regex(SENSOR_ID)), unit: name }))
      .check(z.maxLength(256)),
    [],
  ),
  /** Sensors that jobs may read, and programs that may run; absent: no statement, the device itself refuses what it must. */
  permissions: z.optional(
    z.looseObject({
      sensors: z.optional(z.union([z.literal('all'), z.array(name)])),
      functions: z.optional(z.union([z.enum(['none', 'sandboxed']), z.array(name)])),
    }),
  ),
  position: z.optional(z.object({ x: coordinate, y: coordinate, z: z._default(coordinate, 0) })),
  neighbors: z.optional(
    z.union([
      z.literal('auto'),
      z.array(z.string().check(z.regex(ID_PATTERN))).check(z.maxLength(256)),
    ]),
  ),
  software: z.optional(name),
  version: z.optional(name),
})
export type Birth = z.output<typeof Info>

/** One device as the controller knows it. */
export interface Device {
  readonly id: NodeId
  /** Compressed secp256k1 public key of its first birth, 66 hex digits; never changes by itself. */
  readonly key: string | undefined
  readonly online: boolean
  /** Session of the last birth; an `offline` of an older one is ignored. */
  readonly session: number
  /** The processes that last announced themselves under this id, newest first. */
  readonly instances: readonly string[]
  readonly birth: Birth | undefined
  /** Unix milliseconds of the last change between online and offline. */
  readonly since: number
  /** Why the device takes part in nothing, where it does not. */
  readonly refused: string | undefined
  /** It was here before the broker was last reached, and nothing was heard of it since. */
  readonly awaited: boolean
}

/** What is known of all devices. Plain data, changed by the functions of this file alone. */
export interface Fleet {
  readonly devices: Map<NodeId, Device>
}

export type FleetChange =
  /** A key was seen for the first time and must be remembered for good. */
  | { kind: 'pinned'; node: NodeId; key: string }
  /** Something that decides on rosters changed. */
  | { kind: 'changed'; node: NodeId; text: string }
  /** Input that was not taken, with the reason for people. */
  | { kind: 'refused'; node: NodeId; text: string }

/** @param pins keys of devices seen in earlier runs, 66 hex digits by id */
export function emptyFleet(pins: Iterable<readonly [NodeId, string]> = []): Fleet {
  const devices = new Map<NodeId, Device>()
  for (const [id, pinned] of pins) devices.set(id, { ...unknown(id), key: pinned, awaited: true })
  return { devices }
}

/** Takes a device's `state` message. `now` in Unix milliseconds. */
export function heardState(fleet: Fleet, id: NodeId, payload: string, now: number): FleetChange[] {
  if (payload === '') return forget(fleet, id)
  const parsed = parse(State, payload)
  if (typeof parsed === 'string') return [refusal(id, `state: ${parsed}`)]
  if (isFull(fleet, id))
    return [refusal(id, `more than ${MOST_DEVICES} devices; ${id} is left out`)]
  const known = fleet.devices.get(id)
  // The will of a device that was revoked: nobody knows it, and it is gone.
  if (!known && parsed.state === 'offline') return []
  const device = known ?? unknown(id)
  if (parsed.state === 'offline') {
    const { session } = parsed
    if (session < device.session) return []
    // A broker that kept the will of the session which its own end cut short tells nothing new.
    if (device.awaited && device.since > 0 && session === device.session) return []
    const isNews = device.online || device.awaited
    if (!isNews && device.since > 0) return []
    fleet.devices.set(id, { ...device, online: false, awaited: false, session, since: now })
    return isNews ? [{ kind: 'changed', node: id, text: `${id} went offline` }] : []
  }
  const changes = suspicions(device, parsed)
  const { instance } = parsed
  const instances =
    instance === undefined || instance === device.instances[0]
      ? device.instances
      : [instance, ...device.instances].slice(0, 2)
  const since = device.online ? device.since : now
  const { session } = parsed
  fleet.devices.set(id, { ...device, online: true, awaited: false, session, instances, since })
  if (!device.online && device.birth)
    changes.push({ kind: 'changed', node: id, text: `${id} came online` })
  return changes
}

/** Takes a device's `info` message, its birth. */
export function heardInfo(fleet: Fleet, id: NodeId, payload: string): FleetChange[] {
  if (payload === '') return forget(fleet, id)
  const birth = parse(Info, payload)
  if (typeof birth === 'string') return [refusal(id, `info of ${id}: ${birth}`)]
  if (birth.node !== id)
    return [refusal(id, `info of ${id} names the node ${quote(birth.node)}; it must name itself`)]
  if (isFull(fleet, id))
    return [refusal(id, `more than ${MOST_DEVICES} devices; ${id} is left out`)]
  const device = fleet.devices.get(id) ?? unknown(id)
  const found = birth.key.replace(/^0x/, '')
  if (device.key !== undefined && device.key !== found) {
    const text = `${id} came with the key ${fingerprint(found)}, pinned is ${fingerprint(device.key)}; if the device was replaced, forget it (hypernet fleet revoke ${id}), else somebody uses its id`
    fleet.devices.set(id, { ...device, refused: text })
    return [refusal(id, text), { kind: 'changed', node: id, text: `${id} refused` }]
  }
  fleet.devices.set(id, {
    ...device,
    key: found,
    birth,
    refused: undefined,
  })
  const changes: FleetChange[] = []
  if (device.key === undefined) changes.push({ kind: 'pinned', node: id, key: found })
  if (!sameForRosters(device.birth, birth) || device.refused !== undefined)
    changes.push({
      kind: 'changed',
      node: id,
      text: device.birth ? `${id} changed` : `${id} joined`,
    })
  return changes
}

/** Takes back a pinned key, so that the next birth of this id pins anew. @returns whether it was known */
export function unpin(fleet: Fleet, id: NodeId): boolean {
  return fleet.devices.delete(id)
}

/** Marks everybody as not heard, when the broker is gone: its memory decides anew. */
export function linkLost(fleet: Fleet, now: number): void {
  for (const [id, device] of fleet.devices)
    if (device.online)
      fleet.devices.set(id, { ...device, online: false, awaited: true, since: now })
    else if (device.since > 0 && now - device.since <= LAST_WILLS)
      fleet.devices.set(id, { ...device, awaited: true })
}

/** Devices that can be given work now: online, with a birth, key as pinned. In order of their ids. */
export const ready = (fleet: Fleet): Born[] => born(fleet).filter(({ online }) => online)

/** Devices with a birth, key as pinned, online or not. In order of their ids. */
export const born = (fleet: Fleet): Born[] =>
  sorted(fleet).filter(
    (device): device is Born =>
      device.refused === undefined && !!device.birth && device.key !== undefined,
  )

type Born = Device & { readonly birth: Birth; readonly key: string }

/** Devices that were here before and may be on their way back. In order of their ids. */
export const awaited = (fleet: Fleet): Device[] =>
  sorted(fleet).filter((device) => device.awaited && device.refused === undefined)

/** All devices in order of their ids. */
export const sorted = (fleet: Fleet): Device[] =>
  [...fleet.devices.values()].sort((a, b) => (a.id < b.id ? -1 : 1))

const isFull = (fleet: Fleet, id: NodeId): boolean =>
  fleet.devices.size >= MOST_DEVICES && !fleet.devices.has(id)

function forget(fleet: Fleet, id: NodeId): FleetChange[] {
  const device = fleet.devices.get(id)
  if (!device?.online && !device?.birth) return []
  // An empty retained payload removes the thing from the broker; the pinned key stays.
  fleet.devices.set(id, { ...unknown(id), key: device.key, session: device.session })
  return [{ kind: 'changed', node: id, text: `${id} was removed` }]
}

/** Signs that a device lost its memory, or that two of them use one id. The newest word counts all the same. */
function suspicions(device: Device, state: z.output<typeof State>): FleetChange[] {
  const { id } = device
  const [current, before] = device.instances
  if (state.instance !== undefined && state.instance === before && state.instance !== current)
    return [
      refusal(
        id,
        `two devices use the id ${id} by turns; give one of them another id in agent.yaml`,
      ),
    ]
  if (state.session >= device.session) return []
  return [
    refusal(
      id,
      `session of ${id} went back from ${device.session} to ${state.session}: it lost its state folder, or two devices use this id`,
    ),
  ]
}

function parse<T>(schema: z.ZodMiniType<T>, payload: string): T | string {
  if (payload.length > BIRTH_BYTES)
    return `found ${payload.length} characters, wanted at most ${BIRTH_BYTES}`
  let json: unknown
  try {
    json = JSON.parse(payload)
  } catch {
    return `found no JSON in ${quote(payload)}`
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  return `${issue?.path.map(String).join('.') || 'payload'}: ${issue?.message ?? 'wrong'}`
}

/** Whether two births lead to the same roster. The session does not matter, a new incarnation does. */
function sameForRosters(a: Birth | undefined, b: Birth): boolean {
  const part = (birth: Birth) =>
    JSON.stringify([
      birth.incarnation,
      Object.entries(birth.labels).sort(),
      birth.sensors,
      birth.permissions,
      birth.position,
      birth.neighbors,
    ])
  return a !== undefined && part(a) === part(b)
}

const unknown = (id: NodeId): Device => ({
  id: nodeId(id),
  key: undefined,
  online: false,
  session: 0,
  instances: [],
  birth: undefined,
  since: 0,
  refused: undefined,
  awaited: false,
})
const refusal = (node: NodeId, text: string): FleetChange => ({ kind: 'refused', node, text })
const fingerprint = (hex: string): string => `${hex.slice(0, 10)}…${hex.slice(-4)}`
