import { randomBytes } from 'node:crypto'
import type { BrokerOptions } from '../io/broker.ts'
import { type DeviceKey, deriveKey } from '../io/keys.ts'
import { type Log, silentLog } from '../io/log.ts'
import { HypernetError } from '../wire/errors.ts'
import { bytesToHex, equalBytes, hexToBytes } from '../wire/hash.ts'
import type { Hello } from '../wire/hello.ts'
import { fleetId, jobId, type Millis, nodeId, quote } from '../wire/ids.ts'
import { LIMITS } from '../wire/limits.ts'
import type { Member } from '../wire/messages.ts'
import { someOf } from '../wire/words.ts'
import type { CallOptions } from './collective.ts'
import { Communicator } from './communicator.ts'
import { groupOf } from './group.ts'
import { MqttTransport } from './mqttTransport.ts'
import { checkOptions } from './options.ts'
import type { Pace } from './transport.ts'

export interface ConnectOptions extends CallOptions {
  readonly broker: BrokerOptions
  readonly fleet: string
  /** Name of the communicator: programs under the same name find each other. */
  readonly job: string
  /** This program's id at the broker; not that of an agent that runs beside it. */
  readonly node: string
  /** Key that this program signs with. Default: one drawn now, which fits `size` only. */
  readonly key?: DeviceKey
  /**
   * Who takes part, in the order of their ranks, each with its public key (33 bytes compressed, or as
   * hexadecimal digits). Nobody else can contribute, whatever the broker lets pass.
   */
  readonly members?: readonly { readonly node: string; readonly key: Uint8Array | string }[]
  /**
   * Instead of members: how many programs there will be. Ranks follow their ids' order. Their keys are
   * those that they announce, so the broker's access list is trusted to tell them apart.
   */
  readonly size?: number
  /** Ends the attempt to connect. */
  readonly signal?: AbortSignal
  /** Milliseconds until all must be there. Default: for ever. */
  readonly connectTimeout?: Millis
  /** Milliseconds that a call may take unless it says otherwise. Default one minute. */
  readonly timeout?: Millis
  /** Default 10 and 250 ms: a silent rank is missed after 3 s at least, twelve periods. */
  readonly pace?: Partial<Pace>
  readonly log?: Log
}

const PACE: Pace = { gather: 10, period: 250 }
const TIMEOUT: Millis = 60_000

/**
 * Connects this program to the others of its name at an MQTT broker; resolves when all are there.
 * @throws HypernetError `BAD_USAGE` or `BAD_ID` for wrong options, `TIMEOUT` when somebody does not come,
 *   by rejection; the reason of `signal` when that ends it
 */
export async function connect(options: ConnectOptions): Promise<Communicator> {
  checkOptions('connect', options)
  const { signal, connectTimeout } = options
  signal?.throwIfAborted()
  const wanted = wantedOf(options)
  const node = nodeId(options.node)
  let check = (): void => {}
  let stopWaiting = (): void => {}
  const transport = new MqttTransport(
    {
      broker: options.broker,
      fleet: fleetId(options.fleet),
      job: jobId(options.job),
      node,
      key: options.key ?? deriveKey(randomBytes(32), node),
      size: wanted.size,
      pace: { ...PACE, ...options.pace },
      log: options.log ?? silentLog,
      instance: randomBytes(4).readUInt32BE(),
    },
    () => check(),
  )
  try {
    const members = await new Promise<Member[]>((resolve, reject) => {
      check = () => {
        try {
          const found = membersAmong(transport, wanted)
          if (found) resolve(found)
        } catch (error) {
          reject(error)
        }
      }
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
      if (connectTimeout === undefined) return
      const late = (): void => reject(missed(transport, wanted, connectTimeout))
      stopWaiting = transport.clock.after(connectTimeout, late)
    })
    const group = groupOf(jobId(options.job), members, node, 0)
    const { required, timeout = TIMEOUT } = options
    return new Communicator(group, transport, { required, timeout })
  } catch (error) {
    await transport.close()
    throw error
  } finally {
    check = () => {}
    stopWaiting()
  }
}

interface Wanted {
  readonly size: number
  /** Pinned, in the order of ranks; undefined where anybody is welcome. */
  readonly members: readonly { readonly id: string; readonly key: Uint8Array }[] | undefined
}

function wantedOf({ members, size, node, key }: ConnectOptions): Wanted {
  if ((members === undefined) === (size === undefined)) {
    throw new HypernetError('BAD_USAGE', 'give either the members or the size of the communicator')
  }
  const count = members?.length ?? size ?? 0
  if (!Number.isInteger(count) || count < 1 || count > LIMITS.roster) {
    throw new HypernetError('BAD_USAGE', `${count} members, wanted 1 to ${LIMITS.roster}`)
  }
  const pinned = members?.map((member) => ({
    id: nodeId(member.node),
    key: typeof member.key === 'string' ? publicKey(member.key) : member.key,
  }))
  const own = pinned?.find(({ id }) => id === node)
  if (pinned && (!own || !key || !equalBytes(own.key, key.publicKey))) {
    const message = `${quote(node)} must be among the members, with the public key of its own key`
    throw new HypernetError('BAD_USAGE', message)
  }
  return { size: count, members: pinned }
}

function publicKey(digits: string): Uint8Array {
  if (/^0[23][0-9a-f]{64}$/i.test(digits)) return hexToBytes(digits)
  throw new HypernetError('BAD_USAGE', `${quote(digits)} is no compressed secp256k1 public key`)
}

/** Whom to connect with, once all are there. */
function membersAmong(transport: MqttTransport, wanted: Wanted): Member[] | undefined {
  const here = transport.present.filter(({ isOnline }) => isOnline).map(({ hello }) => hello)
  if (wanted.members) {
    const found = wanted.members.map(({ id, key }) =>
      here.find((hello) => hello.from === id && equalBytes(hello.key, key)),
    )
    return found.every((hello) => hello !== undefined) ? found.map(memberOf) : undefined
  }
  const alike = here.filter(({ size }) => size === wanted.size)
  if (alike.length > wanted.size) {
    throw new HypernetError(
      'BAD_USAGE',
      `${alike.length} programs say hello where ${wanted.size} were expected: ${namesOf(alike)}`,
    )
  }
  if (alike.length < wanted.size) return undefined
  return alike.map(memberOf).sort((a, b) => (a.id < b.id ? -1 : 1))
}

const memberOf = ({ from, key, instance }: Hello): Member => ({
  id: from,
  key,
  incarnation: instance,
})
const namesOf = (hellos: readonly Hello[]): string => someOf(hellos.map(({ from }) => from).sort())

function missed(transport: MqttTransport, wanted: Wanted, timeout: Millis): HypernetError {
  const here = transport.present.filter(({ isOnline }) => isOnline).map(({ hello }) => hello)
  if (here.length === 0) {
    const why = transport.refusal === undefined ? '' : `: ${transport.refusal}`
    return new HypernetError('BROKER_LOST', `no connection to the broker after ${timeout} ms${why}`)
  }
  const strangers = wanted.members?.filter(({ id, key }) =>
    here.some((hello) => hello.from === id && bytesToHex(hello.key) !== bytesToHex(key)),
  )
  const wrong = strangers?.length
    ? `; another key than expected has ${someOf(strangers.map(({ id }) => id))}`
    : ''
  return new HypernetError(
    'TIMEOUT',
    `${here.length} of ${wanted.size} programs are there after ${timeout} ms: ${namesOf(here)}${wrong}`,
  )
}
