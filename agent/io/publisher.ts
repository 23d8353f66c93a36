import type { MqttClient } from 'mqtt'
import { LIMITS } from '../wire/limits.ts'
import { TOPICS, type Topic, topicName } from '../wire/topics.ts'

/** Sends what is published, and keeps what must still be sent after a broken connection. */
export interface Publisher {
  /**
   * Publishes by the rules of the topic's kind: what is retained is remembered and sent again on
   * every connection; QoS 1 waits in a bounded queue until it is acknowledged; QoS 0 is dropped
   * while there is no connection or the socket is congested.
   */
  publish(topic: Topic, payload: string | Uint8Array): void
  /** Forgets a retained topic without clearing it at the broker. */
  forget(topic: Topic): void
  /** Sends the retained set, then the waiting queue. */
  attach(client: MqttClient): void
  detach(): void
  readonly queued: number
}

interface Waiting {
  readonly name: string
  readonly payload: Buffer
}

/** @param count is told of each message that went out (`published`) or was dropped (by reason) */
export function publisher(count: {
  published(bytes: number): void
  dropped(reason: string): void
}): Publisher {
  const retained = new Map<string, Buffer>()
  const queue: Waiting[] = []
  let queuedBytes = 0
  let client: MqttClient | undefined

  const send = (
    name: string,
    payload: Buffer,
    options: { qos: 0 | 1; retain: boolean },
    done?: (error?: Error) => void,
  ) => {
    count.published(payload.length)
    client?.publish(name, payload, options, (error) => done?.(error ?? undefined))
  }
  const sendWaiting = (waiting: Waiting) => {
    send(waiting.name, waiting.payload, { qos: 1, retain: false }, (error) => {
      if (!error) drop(queue.indexOf(waiting))
    })
  }
  const drop = (index: number) => {
    const [gone] = index < 0 ? [] : queue.splice(index, 1)
    queuedBytes -= gone?.payload.length ?? 0
  }
  const enqueue = (name: string, payload: Buffer) => {
    while (
      queue.length > 0 &&
      (queue.length >= LIMITS.queuedMessages || queuedBytes + payload.length > LIMITS.queuedBytes)
    ) {
      drop(0)
      count.dropped('queueFull')
    }
    const waiting = { name, payload }
    queue.push(waiting)
    queuedBytes += payload.length
    if (client) sendWaiting(waiting)
  }
  const keep = (name: string, payload: Buffer) => {
    if (!retained.has(name) && retained.size >= LIMITS.retained) {
      // The oldest is given up.
      for (const oldest of retained.keys()) {
        retained.delete(oldest)
        break
      }
    }
    retained.set(name, payload)
  }
  return {
    publish(topic, content) {
      const { qos, retain } = TOPICS[topic.kind]
      const name = topicName(topic)
      const payload =
        typeof content === 'string'
          ? Buffer.from(content)
          : Buffer.from(content.buffer, content.byteOffset, content.length)
      if (payload.length > LIMITS.message) return count.dropped('tooLarge')
      if (retain) {
        keep(name, payload)
        if (client) send(name, payload, { qos, retain })
      } else if (qos === 1) enqueue(name, payload)
      else if (!client) count.dropped('offline')
      else if (client.stream.writableLength > LIMITS.queuedBytes) count.dropped('congested')
      else send(name, payload, { qos, retain })
    },
    forget: (topic) => void retained.delete(topicName(topic)),
    attach(connected) {
      client = connected
      for (const [name, payload] of retained) send(name, payload, { qos: 1, retain: true })
      for (const waiting of [...queue]) sendWaiting(waiting)
    },
    detach() {
      client = undefined
    },
    get queued() {
      return queue.length
    },
  }
}
