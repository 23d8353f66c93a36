import type { FleetId, JobId, NodeId } from '../wire/ids.ts'
import { LIMITS } from '../wire/limits.ts'
import { topicFilter } from '../wire/topics.ts'

/** What a device wants to hear. */
export interface Wanted {
  readonly fleet: FleetId
  readonly node: NodeId
  /** Neighbors in each job that it takes part in. */
  readonly neighbors: ReadonlyMap<JobId, readonly NodeId[]>
  /** Jobs in which it hears what is sent to everyone or to it alone. */
  readonly addressed: readonly JobId[]
  /** Objects that it is collecting: job and hash in hexadecimal. */
  readonly blobs: readonly { readonly job: JobId; readonly hash: string }[]
}

/** Filter of a device's own state: subscribed first, so that another device under its id is seen. */
export const ownStateFilter = (fleet: FleetId, node: NodeId): string =>
  topicFilter('state', { fleet, node })

/**
 * The topic filters for that, each once, at most `LIMITS.subscriptions`.
 * Where single neighbors would be too many, a job's whole exchange or all presence is asked for and
 * the receiver sorts out what it does not want.
 */
export function filtersOf(wanted: Wanted): string[] {
  const { fleet, node, neighbors } = wanted
  const fixed = [
    ownStateFilter(fleet, node),
    topicFilter('request', { fleet, node }),
    topicFilter('order', { fleet }),
    topicFilter('roster', { fleet }),
    ...wanted.addressed.flatMap((job) => [
      topicFilter('announcement', { fleet, job }),
      topicFilter('edge', { fleet, job, to: node }),
    ]),
    ...wanted.blobs.map(({ job, hash }) => topicFilter('blob', { fleet, job, hash })),
  ]
  const limit = LIMITS.neighborSubscriptions
  const everyone = new Set([...neighbors.values()].flat())
  everyone.delete(node) // its own state is in the fixed part
  let presence = [...everyone].map((each) => topicFilter('state', { fleet, node: each }))
  if (presence.length > limit) presence = [topicFilter('state', { fleet })]
  const exchange = [...neighbors]
    .filter(([, nodes]) => nodes.length > 0)
    .map(([job, nodes]) => ({
      all: topicFilter('exchange', { fleet, job }),
      each: nodes.map((from) => topicFilter('exchange', { fleet, job, node: from })),
    }))
    .map(({ all, each }) => ({ all, chosen: each.length > limit ? [all] : each }))
  // Fewest filters saved for the least unwanted traffic: presence is rare, exchange is not.
  const total = () =>
    fixed.length + presence.length + exchange.reduce((n, { chosen }) => n + chosen.length, 0)
  if (total() > LIMITS.subscriptions) presence = [topicFilter('state', { fleet })]
  for (const job of exchange.toSorted((a, b) => b.chosen.length - a.chosen.length)) {
    if (total() > LIMITS.subscriptions) job.chosen = [job.all]
  }
  return [...fixed, ...presence, ...exchange.flatMap(({ chosen }) => chosen)]
}

/** What one job wants to hear. */
type Heard = { readonly neighbors: readonly NodeId[]; readonly isAddressed: boolean }

/** A job that goes on with the same devices listens as before. */
export const isAlike = (a: Heard, b: Heard | undefined): boolean =>
  b !== undefined &&
  a.isAddressed === b.isAddressed &&
  a.neighbors.length === b.neighbors.length &&
  a.neighbors.every((node, i) => node === b.neighbors[i])
