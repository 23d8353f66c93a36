import { HypernetError } from '../../wire/errors.ts'
import type { Communicator } from '../communicator.ts'
import { type Layout, rangeOf } from './layout.ts'

/** Brings the places of a distributed vector that a rank needs beyond its own. One call each time. */
export interface Halo {
  /** Places that this rank needs of others, ascending. */
  readonly places: readonly number[]
  /** @param own this rank's part of the vector @returns the values at `places` */
  exchange(own: Float64Array): Promise<Float64Array>
}

/**
 * Tells all ranks who needs what, once: two calls. Each rank then sends in every exchange those of its
 * values that any other needs, and nobody a whole vector unless all of it is needed.
 * @param needed places of the whole vector, own ones among them or not
 * @throws HypernetError `PEER_LOST` when a rank is gone; `BAD_USAGE` for a place outside the vector
 */
export async function halo(
  comm: Communicator,
  layout: Layout,
  needed: Iterable<number>,
): Promise<Halo> {
  const [from, to] = rangeOf(layout, comm.rank)
  const places = [...new Set(needed)].filter((k) => k < from || k >= to).sort((a, b) => a - b)
  if (places.some((k) => !Number.isInteger(k) || k < 0 || k >= layout.length)) {
    throw new HypernetError('BAD_USAGE', `a place outside a vector of ${layout.length} is needed`)
  }
  const wanted = await gatherLists(comm, places)
  const sent = sentBy(layout, wanted)
  const longest = Math.max(...sent.map((list) => list.length))
  const own = sent[comm.rank] ?? []
  const sources = sourcesOf(layout, sent, places)
  return {
    places,
    async exchange(values) {
      if (longest === 0) return new Float64Array(0)
      const share = new Float64Array(longest)
      own.forEach((place, k) => {
        share[k] = values[place - from] ?? Number.NaN
      })
      const all = await comm.allgather(share, { required: 'all' })
      return Float64Array.from(sources, ({ rank, at }) => all[rank]?.[at] ?? Number.NaN)
    },
  }
}

/** Gives every rank the lists of all, of different lengths. */
async function gatherLists(comm: Communicator, list: readonly number[]): Promise<number[][]> {
  const longest = await comm.allreduce(list.length, 'max', { required: 'all' })
  const padded = new Float64Array(1 + longest)
  padded[0] = list.length
  padded.set(list, 1)
  const all = await comm.allgather(padded, { required: 'all' })
  return all.map((each) => [...(each?.subarray(1, 1 + (each[0] ?? 0)) ?? [])])
}

/** For each rank its places that some other needs, ascending. */
function sentBy(layout: Layout, wanted: readonly (readonly number[])[]): number[][] {
  const all = [...new Set(wanted.flat())].sort((a, b) => a - b)
  return wanted.map((_, rank) => {
    const [from, to] = rangeOf(layout, rank)
    return all.filter((place) => place >= from && place < to)
  })
}

/** Where each needed place stands in what is gathered. */
function sourcesOf(
  layout: Layout,
  sent: readonly (readonly number[])[],
  places: readonly number[],
): { rank: number; at: number }[] {
  const where = new Map(
    sent.flatMap((list, rank) => list.map((place, at) => [place, { rank, at }] as const)),
  )
  return places.map((place) => {
    const source = where.get(place)
    if (source) return source
    throw new HypernetError('BAD_USAGE', `nobody holds place ${place} of ${layout.length}`)
  })
}
