import type { Millis } from '../../agent/wire/ids.ts'
import type { Fate, FateOf } from './broker.ts'
import type { Graph } from './graph.ts'
import type { Dice } from './random.ts'

/** The weather: what each directed delivery may suffer. */
export interface Conditions {
  /** Chance that a delivery with QoS 0 is lost. */
  readonly loss: number
  /** Chance that a delivery comes twice. */
  readonly duplicate: number
  /** Further rounds that each delivery takes, uniform in least..most; more than one value reorders. */
  readonly delay: readonly [least: number, most: number]
}
export const FAIR: Conditions = { loss: 0, duplicate: 0, delay: [0, 0] }

/** The ways between the clients of a broker. */
export interface Passage {
  readonly fate: FateOf
  /** From now on nothing passes between sides; undefined: all is whole again. */
  part(sides: readonly number[] | undefined): void
}

/**
 * Draws what happens to each delivery. A hop takes one round. The dice are those of the sender, so
 * that what one device sends moves no other's.
 * @param names of the graph's devices; deliveries with anybody else are never lost
 * @param draw gives the stream of a name
 */
export function newPassage(
  conditions: Conditions,
  round: Millis,
  graph: Graph,
  names: readonly string[],
  draw: (name: string) => Dice,
): Passage {
  const indexOf = new Map(names.map((name, i) => [name, i]))
  const dice = names.map((name) => draw(`network/${name}`))
  const stray = draw('network')
  const chances = chancesOf(graph)
  const [least, most] = conditions.delay
  const spread = most - least + 1
  const calm = conditions.loss === 0 && conditions.duplicate === 0 && least === 0 && most === 0
  const certain: Fate = { lost: false, barred: false, after: round, again: undefined }
  let parts: readonly number[] | undefined

  const chance = (from: number | undefined, to: number | undefined): number => {
    if (from === undefined || to === undefined) return 1
    if (parts !== undefined && parts[from] !== parts[to]) return 0
    return chances?.get(from * graph.size + to) ?? 1
  }
  return {
    part(sides) {
      parts = sides
    },
    fate(from, to) {
      const sender = indexOf.get(from)
      const link = chance(sender, indexOf.get(to))
      if (calm && link === 1) return certain
      const die = dice[sender ?? -1] ?? stray
      const wait = () => round * (1 + least + (spread > 1 ? die.below(spread) : 0))
      return {
        lost: die.chance(1 - (1 - conditions.loss) * link),
        barred: link === 0,
        after: wait(),
        again: die.chance(conditions.duplicate) ? wait() : undefined,
      }
    },
  }
}

/** Chances of the links that may fail by themselves, by `from * size + to`. */
function chancesOf({ size, links }: Graph): Map<number, number> | undefined {
  const chances = new Map<number, number>()
  for (const { from, to, delivery } of links)
    if (delivery !== 1) chances.set(from * size + to, delivery)
  return chances.size > 0 ? chances : undefined
}
