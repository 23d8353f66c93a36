import { deriveKey } from '../../agent/io/keys.ts'
import { OBJECT } from '../../agent/wire/cborCheck.ts'
import { encodeRecord } from '../../agent/wire/codec.ts'
import { digest } from '../../agent/wire/hash.ts'
import { type FleetId, type JobId, jobId, nodeId, sensorId } from '../../agent/wire/ids.ts'
import { Order, Roster, Signed } from '../../agent/wire/messages.ts'
import { addressOf, signCose } from '../../agent/wire/signature.ts'
import { topicName } from '../../agent/wire/topics.ts'

/** Signs orders and rosters as a controller does, without one. */
export const operatorKey = deriveKey('operator of the tests', 'operator')
export const operatorAddress = addressOf(operatorKey.publicKey)

export interface TestJob {
  readonly fleet: FleetId
  readonly job: string
  readonly order?: Partial<Order>
  readonly members: readonly { id: string; key: Uint8Array; incarnation: number }[]
  readonly roster?: Partial<Roster>
}

/** Payloads of an order for the mean of sensor `t` and of its roster. */
export function jobBytes({ fleet, job, order, members, roster }: TestJob) {
  const id: JobId = jobId(job)
  const orderBytes = encodeRecord(Order, {
    version: 1,
    job: id,
    fleet: jobId(fleet),
    generation: 1,
    model: { type: 'average', response: ['t'] },
    sensors: [{ id: sensorId('t'), unit: 'Cel' }],
    window: { late: 0 },
    method: 'flood',
    period: 50,
    timeout: 20_000,
    ...order,
  })
  const rosterBytes = encodeRecord(
    Roster,
    {
      version: 1,
      job: id,
      order: digest(orderBytes),
      generation: 1,
      firstEpoch: 0,
      members: members.map((member) => ({ ...member, id: nodeId(member.id) })),
      degree: Math.min(8, members.length - 1),
      seed: 1,
      ...roster,
    },
    OBJECT,
  )
  return { orderBytes, rosterBytes }
}

/** The same, signed, in messages ready to be published. */
export function jobMessages(job: TestJob) {
  const { orderBytes, rosterBytes } = jobBytes(job)
  const name = (kind: 'order' | 'roster') =>
    topicName({ kind, fleet: job.fleet, job: jobId(job.job) })
  return {
    order: { topic: name('order'), payload: signedMessage('order', orderBytes) },
    roster: { topic: name('roster'), payload: signedMessage('roster', rosterBytes) },
    orderBytes,
    rosterBytes,
  }
}

/** A `Signed` message that holds the payload itself. */
export function signedMessage(
  purpose: 'order' | 'roster',
  payload: Uint8Array,
  key = operatorKey,
): Uint8Array {
  return encodeRecord(Signed, {
    version: 1,
    key: addressOf(key.publicKey),
    signed: signCose(purpose, payload, key.privateKey),
  })
}
