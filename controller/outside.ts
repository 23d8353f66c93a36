import { type Log, textOf, traceOf } from '../agent/io/log.ts'
import { HypernetError } from '../agent/wire/errors.ts'
import { parseTopic } from '../agent/wire/topics.ts'

/**
 * Does what one message from outside asks for. Whatever fails in that is logged with the sender, and the message is
 * dropped: nothing that a peer sends, and no mistake of ours in reading it, ends the process. What is retained would
 * end it again after each start.
 * @throws HypernetError `STORE_FAILED`, which is no fault of a message
 */
export function takeMessage(topic: string, log: Log, take: () => void): void {
  try {
    take()
  } catch (error) {
    dropMessage(topic, log, error)
  }
}

/** Says why a message is dropped. @throws HypernetError `STORE_FAILED` where that is the reason */
export function dropMessage(topic: string, log: Log, error: unknown): void {
  if (error instanceof HypernetError && error.code === 'STORE_FAILED') throw error
  const isExpected = error instanceof HypernetError && error.code !== 'INVARIANT'
  const { node, job, about } = namesIn(topic)
  log({
    level: isExpected ? 'warn' : 'error',
    kind: 'dropped',
    ...(node !== undefined && { node }),
    ...(job !== undefined && { job }),
    message: `dropped a message${about}: ${isExpected ? textOf(error) : traceOf(error)}`,
  })
}

/** Who and what a topic's name is about, where it is one of ours. */
function namesIn(name: string): { node?: string; job?: string; about: string } {
  try {
    const topic = parseTopic(name)
    const node = 'node' in topic ? topic.node : undefined
    const job = 'job' in topic ? topic.job : undefined
    const about = node === undefined ? ` of kind ${topic.kind}` : ` of ${node}, kind ${topic.kind}`
    return { ...(node !== undefined && { node }), ...(job !== undefined && { job }), about }
  } catch {
    return { about: '' }
  }
}
