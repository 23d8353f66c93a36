import { invariant } from '../../agent/wire/errors.ts'
import type { Millis } from '../../agent/wire/ids.ts'

/** What comes first among events of one time: faults, then deliveries, then timers, then what only looks on. */
export const CLASSES = { fault: 0, delivery: 1, timer: 2, watch: 3 } as const
export type EventClass = (typeof CLASSES)[keyof typeof CLASSES]

/**
 * The queue of what is to happen in virtual time. Order: time, then class, then insertion; so the
 * same insertions give the same run. There is no other clock in the simulator.
 */
export interface Wheel<E> {
  /** Time of the last event taken; 0 at first. */
  readonly now: Millis
  readonly size: number
  /** Adds an event at a time not before `now`. One added for the running time still runs in it. */
  push(at: Millis, kind: EventClass, event: E): void
  /** Time of the next event, or Infinity. */
  nextTime(): Millis
  /** Takes the next event and moves the time to it; undefined when there is none. */
  take(): E | undefined
}

interface Slot<E> {
  readonly at: Millis
  readonly queues: E[][]
  /** Next index to take in each queue. */
  readonly taken: number[]
  left: number
}

/** Events of one time share a slot, so a push costs O(1) unless its time is new, then O(log slots). */
export function newWheel<E>(): Wheel<E> {
  const slots = new Map<Millis, Slot<E>>()
  const heap: Millis[] = []
  let now = 0
  let size = 0

  const current = (): Slot<E> | undefined => {
    for (;;) {
      const at = heap[0]
      if (at === undefined) return undefined
      const slot = slots.get(at)
      if (slot !== undefined && slot.left > 0) return slot
      slots.delete(at)
      popLeast(heap)
    }
  }

  return {
    get now() {
      return now
    },
    get size() {
      return size
    },
    push(at, kind, event) {
      invariant(at >= now && Number.isFinite(at), `event at ${at} behind the time ${now}`)
      let slot = slots.get(at)
      if (slot === undefined) {
        slot = { at, queues: [[], [], [], []], taken: [0, 0, 0, 0], left: 0 }
        slots.set(at, slot)
        pushTime(heap, at)
      }
      slot.queues[kind]?.push(event)
      slot.left++
      size++
    },
    nextTime: () => current()?.at ?? Number.POSITIVE_INFINITY,
    take() {
      const slot = current()
      if (slot === undefined) return undefined
      now = slot.at
      for (let kind = 0; kind < slot.queues.length; kind++) {
        const queue = slot.queues[kind] as E[] // one queue a class, made with the slot
        const index = slot.taken[kind] as number
        if (index >= queue.length) continue
        slot.taken[kind] = index + 1
        slot.left--
        size--
        const event = queue[index] as E
        if (index + 1 === queue.length) {
          queue.length = 0
          slot.taken[kind] = 0
        }
        return event
      }
      return undefined
    },
  }
}

function pushTime(heap: Millis[], at: Millis): void {
  let i = heap.length
  heap.push(at)
  while (i > 0) {
    const parent = (i - 1) >> 1
    if ((heap[parent] as number) <= at) break
    heap[i] = heap[parent] as number
    i = parent
  }
  heap[i] = at
}

function popLeast(heap: Millis[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let i = 0
  for (;;) {
    let child = 2 * i + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && (heap[child + 1] as number) < (heap[child] as number)) child++
    if ((heap[child] as number) >= last) break
    heap[i] = heap[child] as number
    i = child
  }
  heap[i] = last
}
