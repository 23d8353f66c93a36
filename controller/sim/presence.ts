import type { Settings } from '../../agent/core/settings.ts'
import { topicName } from '../../agent/wire/topics.ts'
import type { Packet } from './broker.ts'
import type { Payload } from './host.ts'

/** Bytes of a `state` message; presence is no part of what is measured. */
const STATE_BYTES = 64

/** What the broker keeps of whether a device is there. */
export const presenceOf = (
  { fleet, node }: Settings,
  online: boolean,
  session: number,
): Packet<Payload> => ({
  topic: topicName({ kind: 'state', fleet, node }),
  payload: { kind: 'presence', node, online, session },
  bytes: STATE_BYTES,
  qos: 1,
  retain: true,
})
