import type { Graph } from '../../../controller/sim/graph.ts'
import type { Conditions } from '../../../controller/sim/passage.ts'
import type { Dice } from '../../../controller/sim/random.ts'

/**
 * The round in which the last device can have heard of every other, whatever a protocol does: in each
 * round everybody sends all that it has heard of over each of its links. Without loss that is the
 * diameter; with loss, delay and duplicates drawn as the simulator draws them, one draw of the physical bound.
 * @param dice decides the fate of each message, loss and delay apart from all other code
 */
export function spreadOf(
  { size, links }: Graph,
  { loss, duplicate, delay: [least, most] }: Conditions,
  dice: Dice,
): number {
  const words = Math.ceil(size / 32)
  const full = fullSet(size, words)
  /** What everybody had heard of, by round, as far back as a message may still be on its way. */
  const memory = Array.from({ length: most + 2 }, () => new Uint32Array(size * words))
  /** Messages by the round of their arrival: link and round of departure in turn. */
  const arrivals: number[][] = Array.from({ length: most + 2 }, () => [])
  const heard = new Uint32Array(size * words)
  for (let i = 0; i < size; i++) set(heard, i * words, i)
  for (let round = 0; ; round++) {
    const due = arrivals[round % arrivals.length] ?? []
    for (let k = 0; k < due.length; k += 2) {
      const { from, to } = links[due[k] ?? 0] ?? { from: 0, to: 0 }
      const then = memory[(due[k + 1] ?? 0) % memory.length] ?? heard
      for (let w = 0; w < words; w++)
        heard[to * words + w] = (heard[to * words + w] ?? 0) | (then[from * words + w] ?? 0)
    }
    due.length = 0
    if (heard.every((word, at) => word === full[at % words])) return round
    memory[round % memory.length]?.set(heard)
    links.forEach(({ delivery }, link) => {
      const leave = () =>
        arrivals[(round + 1 + least + dice.below(most - least + 1)) % arrivals.length]?.push(
          link,
          round,
        )
      if (!dice.chance(1 - (1 - loss) * delivery)) leave()
      if (dice.chance(duplicate)) leave()
    })
  }
}

/** The mean of some draws: how many rounds physics takes on this graph and network. */
export function boundOf(graph: Graph, conditions: Conditions, dice: Dice, draws: number): number {
  let sum = 0
  for (let k = 0; k < draws; k++) sum += spreadOf(graph, conditions, dice)
  return sum / draws
}

function set(bits: Uint32Array, offset: number, i: number): void {
  const at = offset + (i >> 5)
  bits[at] = (bits[at] ?? 0) | (1 << (i & 31))
}

function fullSet(size: number, words: number): Uint32Array {
  const all = new Uint32Array(words)
  for (let i = 0; i < size; i++) set(all, 0, i)
  return all
}
