import type { Clock } from '../io/clock.ts'
import type { Millis } from '../wire/ids.ts'

/**
 * Time inside one process, in whole milliseconds. It moves on by itself from one appointment to the next
 * whenever every program waits: each moment is a turn of the event loop, so that what a moment resolved
 * runs before the next one. The same appointments come in the same order in every run.
 */
export class VirtualClock implements Clock {
  private time: Millis = 0
  private readonly moments = new Map<Millis, Set<() => void>>()
  /** Times of the moments, as a binary heap. */
  private readonly heap: Millis[] = []
  private isTurning = false

  now(): Millis {
    return this.time
  }

  unix(): Millis {
    return this.time
  }

  after(delay: Millis, action: () => void): () => void {
    const at = this.time + Math.max(0, Math.ceil(delay))
    let actions = this.moments.get(at)
    if (!actions) {
      actions = new Set()
      this.moments.set(at, actions)
      push(this.heap, at)
    }
    const due = actions
    // One function may have several appointments.
    const once = (): void => action()
    due.add(once)
    this.turn()
    return () => void due.delete(once)
  }

  private turn(): void {
    if (this.isTurning) return
    this.isTurning = true
    setImmediate(() => {
      this.isTurning = false
      this.moment()
      if (this.heap.length > 0) this.turn()
    })
  }

  /** Lets the next moment come that anything is left to be done in. */
  private moment(): void {
    for (let at = pop(this.heap); at !== undefined; at = pop(this.heap)) {
      const due = this.moments.get(at)
      if (!due?.size) {
        this.moments.delete(at)
        continue
      }
      this.time = at
      // What is added for this very moment while it lasts still belongs to it.
      for (const action of due) {
        due.delete(action)
        action()
      }
      this.moments.delete(at)
      return
    }
  }
}

function push(heap: Millis[], value: Millis): void {
  let at = heap.push(value) - 1
  while (at > 0) {
    const parent = (at - 1) >> 1
    const above = heap[parent] ?? 0
    if (above <= value) break
    heap[at] = above
    at = parent
  }
  heap[at] = value
}

function pop(heap: Millis[]): Millis | undefined {
  const [least] = heap
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return least
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    if ((heap[child + 1] ?? Infinity) < (heap[child] ?? Infinity)) child++
    const below = heap[child] ?? Infinity
    if (below >= last) break
    heap[at] = below
    at = child
  }
  heap[at] = last
  return least
}
