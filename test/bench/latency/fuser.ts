import { deriveKey } from '../../../agent/io/keys.ts'
import { verifier } from '../../../agent/io/verify.ts'
import { addVectors, type ExactVector, zeroVector } from '../../../agent/math/exactVector.ts'
import { decodeVector, encodeVector } from '../../../agent/math/wireForm.ts'
import { decodeRecord, encodeRecord } from '../../../agent/wire/codec.ts'
import { fleetId } from '../../../agent/wire/ids.ts'
import { Contribution } from '../../../agent/wire/messages.ts'
import { payloadOf } from '../../../agent/wire/signature.ts'
import { topicFilter, topicName } from '../../../agent/wire/topics.ts'
import { connect } from './connect.ts'
import { CENTRAL, DIMENSION, SEED } from './work.ts'

/**
 * Central fusion: one subscriber that verifies every signature, sums exactly and publishes the sum. A
 * process of its own, as ours are; it starts a run when its parent names an epoch.
 */
export interface FuserWanted {
  readonly url: string
  readonly fleet: string
  readonly id: string
  readonly password: string
  readonly devices: number
}

process.once('message', (wanted: FuserWanted) => void serve(wanted))
process.on('disconnect', () => process.exit(0))

async function serve({ url, fleet, id, password, devices }: FuserWanted): Promise<void> {
  const client = await connect(url, id, password)
  const place = { fleet: fleetId(fleet), job: CENTRAL }
  const [go, answer] = [
    topicName({ kind: 'order', ...place }),
    topicName({ kind: 'roster', ...place }),
  ]
  const keys = new Map<string, Uint8Array>()
  const keyOf = (node: string): Uint8Array => {
    const known = keys.get(node) ?? deriveKey(SEED, node).publicKey
    keys.set(node, known)
    return known
  }
  const check = verifier()
  let sum: ExactVector = zeroVector(DIMENSION)
  let heard = 0
  client.on('message', (topic, payload) => {
    const node = topic.split('/').at(-1) ?? ''
    if (!check.verify('contribution', payload, keyOf(node))) throw new Error(`bad ${node}`)
    const contribution = decodeRecord(Contribution, payloadOf(payload))
    sum = addVectors(sum, decodeVector(contribution, DIMENSION))
    heard++
    if (heard < devices) return
    const total = encodeRecord(Contribution, { ...contribution, ...encodeVector(sum) })
    client.publish(answer, Buffer.from(total), { qos: 0 })
    sum = zeroVector(DIMENSION)
    heard = 0
  })
  await client.subscribeAsync(topicFilter('exchange', place))
  process.on('message', (epoch: number) => client.publish(go, String(epoch), { qos: 0 }))
  process.send?.('ready')
}
