import type { Log } from '../agent/io/log.ts'
import type { NodeId } from '../agent/wire/ids.ts'
import {
  awaited,
  born,
  emptyFleet,
  type Fleet,
  type FleetChange,
  heardInfo,
  heardState,
  linkLost,
  ready,
  unpin,
} from './core/fleet.ts'
import type { Presence } from './core/jobSeam.ts'
import type { Candidates } from './core/roster.ts'
import type { Store } from './io/store.ts'

export interface FleetWatchOptions {
  readonly store: Store
  readonly log: Log
  /** Unix milliseconds. */
  readonly now: () => number
  /** Changes of one moment, told once they are stored. */
  readonly changed: (changes: readonly { node: NodeId; text: string }[]) => void
  readonly broke: (error: unknown) => void
}

/** Keeps what devices tell of themselves; a thousand births at once are one change. */
export class FleetWatch {
  readonly fleet: Fleet
  /** When a device last came, went or changed. */
  changedAt = 0
  readonly #options: FleetWatchOptions
  #candidates: Candidates | undefined
  #pins: [NodeId, string][] = []
  #changes: { node: NodeId; text: string }[] = []
  #scheduled: NodeJS.Immediate | undefined

  constructor(options: FleetWatchOptions) {
    this.#options = options
    this.fleet = emptyFleet(options.store.pins())
  }

  /** Devices that can be given work now. */
  get candidates(): Candidates {
    this.#candidates ??= {
      devices: ready(this.fleet),
      born: born(this.fleet),
      awaited: awaited(this.fleet),
      known: this.fleet.devices.size,
    }
    return this.#candidates
  }

  /** @param linkedSince when the broker was reached, Unix milliseconds */
  presence(node: NodeId, linkedSince: number | undefined): Presence {
    const device = this.fleet.devices.get(node)
    if (device?.online) return 'online'
    if (!device || linkedSince === undefined || device.since < linkedSince) return 'unheard'
    return 'offline'
  }

  hear(kind: 'state' | 'info', node: NodeId, payload: string): void {
    const { now } = this.#options
    this.#take(
      kind === 'state'
        ? heardState(this.fleet, node, payload, now())
        : heardInfo(this.fleet, node, payload),
    )
  }

  linkLost(): void {
    linkLost(this.fleet, this.#options.now())
    this.#candidates = undefined
  }

  /** Forgets a device and its pinned key. @returns whether it was known */
  forget(node: NodeId): boolean {
    if (!unpin(this.fleet, node)) return false
    const { store } = this.#options
    store.write(true, () => store.unpin(node))
    this.#pins = this.#pins.filter(([id]) => id !== node)
    this.#take([{ kind: 'changed', node, text: `${node} was forgotten` }])
    return true
  }

  close(): void {
    if (this.#scheduled) this.#flush()
  }

  #take(changes: readonly FleetChange[]): void {
    this.#candidates = undefined
    for (const change of changes) {
      if (change.kind === 'pinned') this.#pins.push([change.node, change.key])
      else if (change.kind === 'changed') this.#changes.push(change)
      else
        this.#options.log({ level: 'warn', kind: 'fleet', node: change.node, message: change.text })
    }
    if (this.#pins.length > 0 || this.#changes.length > 0)
      this.#scheduled ??= setImmediate(() => this.#flush())
  }

  #flush(): void {
    if (this.#scheduled) clearImmediate(this.#scheduled)
    this.#scheduled = undefined
    const { store, now, changed, broke } = this.#options
    const pins = this.#pins.splice(0)
    const changes = this.#changes.splice(0)
    try {
      if (pins.length > 0)
        store.write(true, () => {
          for (const [node, key] of pins) store.pin(node, key)
        })
    } catch (error) {
      broke(error)
      return
    }
    if (changes.length === 0) return
    this.changedAt = now()
    changed(changes)
  }
}
