export type Qos = 0 | 1

/** Who has subscribed to what. Those without wildcards are found by topic, so that a publish need not look at all. */
export class Subscriptions<S> {
  private readonly exact = new Map<string, Map<S, Qos>>()
  private readonly wild = new Map<S, Map<string, Qos>>()

  add(subscriber: S, filter: string, qos: Qos): void {
    if (hasWildcard(filter)) {
      const filters = this.wild.get(subscriber) ?? new Map<string, Qos>()
      this.wild.set(subscriber, filters.set(filter, qos))
    } else {
      const subscribers = this.exact.get(filter) ?? new Map<S, Qos>()
      this.exact.set(filter, subscribers.set(subscriber, qos))
    }
  }

  remove(subscriber: S, filter: string): void {
    this.exact.get(filter)?.delete(subscriber)
    const filters = this.wild.get(subscriber)
    filters?.delete(filter)
    if (filters?.size === 0) this.wild.delete(subscriber)
  }

  /** Each subscriber of a topic once, with the highest QoS that it asked for. */
  of(topic: string): ReadonlyMap<S, Qos> {
    const direct = this.exact.get(topic)
    if (this.wild.size === 0) return direct ?? new Map()
    const all = new Map(direct ?? [])
    for (const [subscriber, filters] of this.wild)
      for (const [filter, qos] of filters)
        if (matches(filter, topic)) all.set(subscriber, (qos | (all.get(subscriber) ?? 0)) as Qos)
    return all
  }
}

export const hasWildcard = (filter: string): boolean => /[+#]/.test(filter)

/** Whether a topic filter takes a topic (MQTT 3.1.1 section 4.7): wildcards never take a first level `$...`. */
export function matches(filter: string, topic: string): boolean {
  if (filter === topic) return true
  const levels = topic.split('/')
  const parts = filter.split('/')
  if (topic.startsWith('$') && (parts[0] === '+' || parts[0] === '#')) return false
  for (let i = 0; i < parts.length; i++) {
    if (parts[i] === '#') return true
    if (i >= levels.length || (parts[i] !== '+' && parts[i] !== levels[i])) return false
  }
  return parts.length === levels.length
}
