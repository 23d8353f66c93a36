import { DEGREE, neighborsOf, reversed } from '../../agent/consensus/overlay.ts'
import type { Message } from '../../agent/core/input.ts'
import { OBJECT } from '../../agent/wire/cborCheck.ts'
import { encodeRecord } from '../../agent/wire/codec.ts'
import { digest } from '../../agent/wire/hash.ts'
import { type NodeId, nodeId } from '../../agent/wire/ids.ts'
import { Order, Roster } from '../../agent/wire/messages.ts'
import { PROTOCOL } from '../../agent/wire/version.ts'
import type { Graph } from './graph.ts'
import { streams } from './random.ts'
import type { Scenario } from './scenario.ts'
import { blankSigner, realSigner, type Signer } from './signing.ts'

/** The devices of a run with their keys, and what the controller tells them. */
export interface Enrolment {
  readonly names: readonly NodeId[]
  readonly signers: readonly Signer[]
  readonly roster: Roster
  /** SHA-256 of the roster's payload bytes. */
  readonly rosterHash: Uint8Array
  /** Order and roster as the broker holds them. */
  readonly retained: readonly Message[]
  /** Who hears whom: the scenario's graph, or the overlay that the roster determines. */
  readonly graph: Graph
}

/** @throws HypernetError `BAD_ID` for a name that is no node id, `TOO_LARGE` for a roster beyond one object */
export function enrol(scenario: Scenario): Enrolment {
  const { order, seed } = scenario
  const names = scenario.devices.map(({ name }) => nodeId(name))
  const signers = names.map((name) =>
    scenario.signatures ? realSigner(seed, name) : blankSigner(name),
  )
  const orderBytes = encodeRecord(Order, order, OBJECT)
  const orderHash = digest(orderBytes)
  const roster: Roster = {
    version: PROTOCOL,
    job: order.job,
    order: orderHash,
    generation: 1,
    firstEpoch: 0,
    members: names.map((id, i) => ({
      id,
      key: (signers[i] as Signer).publicKey, // one a name
      incarnation: 1,
    })),
    ...overlayOf(scenario),
    ...dealtTo(order, names.length),
  }
  const bytes = encodeRecord(Roster, roster, OBJECT)
  const rosterHash = digest(bytes)
  return {
    names,
    signers,
    roster,
    rosterHash,
    retained: [
      { kind: 'order', order, hash: orderHash, bytes: orderBytes },
      { kind: 'roster', roster, hash: rosterHash, bytes },
    ],
    graph: scenario.graph && !roster.longLinks ? scenario.graph : graphOf(roster, scenario.graph),
  }
}

/** Shards go to devices in turn: any lot is as good as another here. */
function dealtTo({ data }: Order, size: number): Partial<Roster> {
  if (!data) return {}
  const count = data.shards.length
  return { shards: Uint8Array.from({ length: size }, (_, i) => i % count) }
}

/** What a roster says of who hears whom. */
function overlayOf({ graph, longLinks = 0, seed }: Scenario): Partial<Roster> {
  const drawn = { seed: streams(seed)('graph').word() }
  if (!graph) return { degree: DEGREE, ...drawn }
  const links = graph.links.flatMap(({ from, to }) => [from, to])
  return longLinks > 0 ? { links, longLinks, ...drawn } : { links }
}

/** The links that a roster determines, with the delivery that the given graph states, if it has them. */
function graphOf(roster: Roster, given: Graph | undefined): Graph {
  const size = roster.members.length
  const stated = new Map(
    given?.links.map(({ from, to, delivery }) => [from * size + to, delivery] as const),
  )
  const links = reversed(neighborsOf(roster)).flatMap((heardBy, from) =>
    heardBy.map((to) => ({ from, to, delivery: stated.get(from * size + to) ?? 1 })),
  )
  return { ...given, size, links }
}
