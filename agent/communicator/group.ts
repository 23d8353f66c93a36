import { type Adjacency, DEGREE, neighborsOf, reversed } from '../consensus/overlay.ts'
import { type Bitset, fullSet } from '../wire/bitset.ts'
import { OBJECT } from '../wire/cborCheck.ts'
import { encodeRecord } from '../wire/codec.ts'
import { HypernetError } from '../wire/errors.ts'
import { digest, domainDigest, utf8ToBytes } from '../wire/hash.ts'
import type { JobId, NodeId } from '../wire/ids.ts'
import { type Member, Roster } from '../wire/messages.ts'
import { PROTOCOL } from '../wire/version.ts'

/** Who takes part in a communicator, as one rank sees it: the roster of its calls. */
export interface Group {
  readonly job: JobId
  /** Rank by rank. */
  readonly members: readonly Member[]
  readonly rank: number
  readonly rankOf: ReadonlyMap<NodeId, number>
  /** SHA-256 of the roster that these members make: what is signed for one group is good for no other. */
  readonly hash: Uint8Array
  readonly everyone: Bitset
  readonly hears: Adjacency
  readonly heardBy: Adjacency
}

/**
 * Forms the group of these members, the same on every rank that is given the same.
 * @param members in the order of their ranks
 * @param generation how often the group has shrunk
 * @throws HypernetError `BAD_USAGE` when a name stands twice or `self` is not among the members
 */
export function groupOf(
  job: JobId,
  members: readonly Member[],
  self: NodeId,
  generation: number,
): Group {
  const rankOf = new Map(members.map(({ id }, rank) => [id, rank]))
  const rank = rankOf.get(self)
  if (rank === undefined || rankOf.size < members.length) {
    const fault = rank === undefined ? `${self} is not among the members` : 'a member stands twice'
    throw new HypernetError('BAD_USAGE', `${fault}: ${members.map(({ id }) => id).join(', ')}`)
  }
  const order = domainDigest('hypernet/1/communicator', utf8ToBytes(job))
  const roster: Roster = {
    version: PROTOCOL,
    job,
    order,
    generation,
    firstEpoch: 0,
    members: members.map((member) => ({ ...member })),
    degree: DEGREE,
    seed: new DataView(order.buffer, order.byteOffset).getUint32(0),
  }
  const hears = neighborsOf(roster)
  return {
    job,
    members,
    rank,
    rankOf,
    hash: digest(encodeRecord(Roster, roster, OBJECT)),
    everyone: fullSet(members.length),
    hears,
    heardBy: reversed(hears),
  }
}
