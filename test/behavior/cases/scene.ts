import { fleetId, jobId, type NodeId, nodeId } from '../../../agent/wire/ids.ts'
import { topicFilter, topicName } from '../../../agent/wire/topics.ts'
import type { BrokerClient, Received, Will } from '../broker.ts'

/** Names that the behaviour cases share, and what they do with a client. */
export const fleet = fleetId('lab')
export const alpha = nodeId('alpha')
export const beta = nodeId('beta')
export const gamma = nodeId('gamma')
export const controller = nodeId('controller')
export const job = jobId('soil')

export const stateOf = (node: NodeId): string => topicName({ kind: 'state', fleet, node })
export const exchangeOf = (node: NodeId): string =>
  topicName({ kind: 'exchange', fleet, job, node })
export const allExchange = topicFilter('exchange', { fleet, job })
export const allStates = topicFilter('state', { fleet })

export const willOf = (node: NodeId, retain = true): Will => ({
  topic: stateOf(node),
  payload: 'offline',
  qos: 1,
  retain,
})

export const textOf = (message: Received): string => new TextDecoder().decode(message.payload)

/** Takes messages until one with this text has come; returns the texts, that one included. */
export async function textsUntil(client: BrokerClient, last: string): Promise<string[]> {
  const texts: string[] = []
  while (texts.at(-1) !== last) texts.push(textOf(await client.next()))
  return texts
}

/** Drops texts that came twice: at QoS 1 a broker may repeat itself. */
export const once = (texts: readonly string[]): string[] => [...new Set(texts)]

export const numbered = (count: number, prefix = ''): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`)
