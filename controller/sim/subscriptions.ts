export type Qos = 0 | 1

/** Filters with wildcards, level by level; those who asked for what ends here. */
interface Branch<S> {
  readonly children: Map<string, Branch<S>>
  readonly subscribers: Map<S, Qos>
}

const newBranch = <S>(): Branch<S> => ({ children: new Map(), subscribers: new Map() })

/** Who has subscribed to what. A publish looks at as many filters as may match, not at all there are. */
export class Subscriptions<S> {
  private readonly exact = new Map<string, Map<S, Qos>>()
  private readonly wild = newBranch<S>()

  add(subscriber: S, filter: string, qos: Qos): void {
    if (hasWildcard(filter)) {
      let branch = this.wild
      for (const level of filter.split('/')) {
        const next = branch.children.get(level) ?? newBranch<S>()
        branch.children.set(level, next)
        branch = next
      }
      branch.subscribers.set(subscriber, qos)
    } else {
      const subscribers = this.exact.get(filter) ?? new Map<S, Qos>()
      this.exact.set(filter, subscribers.set(subscriber, qos))
    }
  }

  remove(subscriber: S, filter: string): void {
    this.exact.get(filter)?.delete(subscriber)
    let branch: Branch<S> | undefined = this.wild
    for (const level of filter.split('/')) branch = branch?.children.get(level)
    branch?.subscribers.delete(subscriber)
  }

  /** Each subscriber of a topic once, with the highest QoS that it asked for. */
  of(topic: string): ReadonlyMap<S, Qos> {
    const direct = this.exact.get(topic)
    if (this.wild.children.size === 0) return direct ?? new Map()
    const all = new Map(direct ?? [])
    for (const { subscribers } of matching(this.wild, topic.split('/')))
      for (const [subscriber, qos] of subscribers)
        all.set(subscriber, (qos | (all.get(subscriber) ?? 0)) as Qos)
    return all
  }
}

/** The ends of all filters that take a topic. Wildcards never take a first level `$...`. */
function matching<S>(root: Branch<S>, levels: readonly string[]): Branch<S>[] {
  const found: Branch<S>[] = []
  const isHidden = levels[0]?.startsWith('$') ?? false
  let open = [root]
  levels.forEach((level, depth) => {
    const mayTakeAny = depth > 0 || !isHidden
    const next: Branch<S>[] = []
    for (const { children } of open) {
      const rest = mayTakeAny ? children.get('#') : undefined
      if (rest) found.push(rest)
      for (const name of mayTakeAny ? [level, '+'] : [level]) {
        const child = children.get(name)
        if (child) next.push(child)
      }
    }
    open = next
  })
  // `a/#` also takes `a` (MQTT 3.1.1 section 4.7.1.2).
  for (const branch of open) {
    const rest = branch.children.get('#')
    found.push(branch, ...(rest ? [rest] : []))
  }
  return found
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
