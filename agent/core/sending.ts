import type { NodeId } from '../wire/ids.ts'
import type { Topic } from '../wire/topics.ts'
import type { Sending } from './effect.ts'

/** The topic that a message of `node` to others belongs on. */
export function topicOf({ fleet, job, to }: Sending, node: NodeId): Topic {
  if (to === 'neighbors') return { kind: 'exchange', fleet, job, node }
  if (to === 'everyone') return { kind: 'announcement', fleet, job, node }
  return { kind: 'edge', fleet, job, node, to: to.node }
}
