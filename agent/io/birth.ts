import * as z from 'zod/mini'
import { HypernetError } from '../wire/errors.ts'
import { bytesToHex, hexToBytes } from '../wire/hash.ts'
import { ID_PATTERN, type NodeId, quote, SENSOR_ID } from '../wire/ids.ts'
import { LIMITS } from '../wire/limits.ts'
import { namedMap } from '../wire/namedMap.ts'
import { PROTOCOL, SOFTWARE } from '../wire/version.ts'

/** The JSON that a device tells of itself; the controller reads it with the same schemas. */

const whole = z.number().check(z.int(), z.gte(0), z.lte(Number.MAX_SAFE_INTEGER))
const short = z.string().check(z.maxLength(64))
const label = z.string().check(z.regex(/^[A-Za-z0-9._-]{1,64}$/))

/**
 * Payload of the `state` topic. `session` counts connections; `instance` is drawn anew by each
 * process, so that two devices under one id can be told apart even if one is a copy of the other.
 */
const State = z.object({
  state: z.enum(['online', 'offline']),
  session: whole,
  instance: z.optional(short),
  /** Milliseconds since 1970 by the device's clock, for people. */
  ts: z.optional(z.number()),
})
export type State = z.output<typeof State>

/** Payload of the `info` topic. Unknown fields are ignored, so that newer devices can say more. */
const Info = z.object({
  protocol: whole,
  version: short,
  software: short,
  node: z.string().check(z.regex(ID_PATTERN)),
  /** The compressed secp256k1 public key, 66 hexadecimal digits. */
  key: z.string().check(z.regex(/^0[23][0-9a-f]{64}$/)),
  incarnation: whole,
  labels: namedMap(label, label),
  sensors: z
    .array(z.object({ id: z.string().check(z.regex(SENSOR_ID)), unit: short }))
    .check(z.maxLength(LIMITS.subscriptions)),
  /** What agent.yaml allows, as it stands there. */
  permissions: z.optional(z.looseObject({})),
  position: z.optional(z.object({ x: z.number(), y: z.number(), z: z.number() })),
  /** Devices that this one exchanges with in jobs whose neighbors are declared. */
  neighbors: z.optional(
    z.array(z.string().check(z.regex(ID_PATTERN))).check(z.maxLength(LIMITS.subscriptions)),
  ),
})
export type Info = z.output<typeof Info>

/** What a device is, apart from what the driver knows itself. */
export interface About {
  readonly labels: Readonly<Record<string, string>>
  readonly sensors: readonly { readonly id: string; readonly unit: string }[]
  readonly permissions?: Readonly<Record<string, unknown>> | undefined
  readonly position?: { readonly x: number; readonly y: number; readonly z: number } | undefined
  readonly neighbors?: readonly string[] | undefined
}

export const stateText = (state: State): string => JSON.stringify(state)

/** @param publicKey 33 bytes, compressed */
export function infoText(
  node: NodeId,
  publicKey: Uint8Array,
  incarnation: number,
  about: About,
): string {
  const info: Info = {
    protocol: PROTOCOL,
    version: SOFTWARE,
    software: 'hypernet-agent',
    node,
    key: bytesToHex(publicKey),
    incarnation,
    labels: { ...about.labels },
    sensors: about.sensors.map(({ id, unit }) => ({ id, unit })),
    ...(about.permissions && { permissions: { ...about.permissions } }),
    ...(about.position && { position: { ...about.position } }),
    ...(about.neighbors && { neighbors: [...about.neighbors] }),
  }
  return JSON.stringify(info)
}

/** Reads the payload of a `state` topic. @throws HypernetError `BAD_MESSAGE` */
export const parseState = (payload: Uint8Array): State => parse(State, 'state', payload)

/** Reads the payload of an `info` topic. @throws HypernetError `BAD_MESSAGE` */
export const parseInfo = (payload: Uint8Array): Info => parse(Info, 'info', payload)

/** The compressed public key that an `info` names, 33 bytes. */
export const keyOfInfo = (info: Info): Uint8Array => hexToBytes(info.key)

const Request = z.object({ transaction: z.optional(z.string().check(z.maxLength(128))) })

/** The transaction that a request wants repeated in the response. @throws HypernetError `BAD_MESSAGE` */
export const parseTransaction = (payload: Uint8Array): string | undefined =>
  payload.length ? parse(Request, 'request', payload).transaction : undefined

function parse<T>(schema: z.ZodMiniType<T>, name: string, payload: Uint8Array): T {
  const text = new TextDecoder().decode(payload)
  if (payload.length > LIMITS.message) {
    throw new HypernetError('BAD_MESSAGE', `${name}: more than ${LIMITS.message} bytes`)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new HypernetError('BAD_MESSAGE', `${name}: not JSON: ${quote(text)}`, error)
  }
  const parsed = z.safeParse(schema, value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new HypernetError(
    'BAD_MESSAGE',
    `${name}.${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? 'wrong'}`,
  )
}
