import { jobId, nodeId } from '../wire/ids.ts'
import type { CallOptions } from './collective.ts'
import { Communicator } from './communicator.ts'
import { groupOf } from './group.ts'
import { LocalNetwork, type NetworkOptions } from './localNetwork.ts'

export interface LocalOptions extends CallOptions, NetworkOptions {}

/** Ranks in one process, on a network as bad as you like, in virtual time. */
export interface LocalCluster {
  readonly communicators: readonly Communicator[]
  /** Messages handed to the network, and how many deliveries of them were lost. */
  readonly traffic: { readonly messages: number; readonly lost: number }
  /**
   * Runs the program on every rank and closes the communicators. A rank whose program throws is gone for
   * the others.
   * @returns what the programs return, rank by rank
   * @throws what the program of the lowest rank that failed threw
   */
  run<T>(program: (comm: Communicator) => PromiseLike<T>): Promise<T[]>
  /** Takes a rank off the network without a word. */
  kill(rank: number): void
}

/**
 * Connects `size` ranks inside this process. The same seed and programs give the same run. Virtual time
 * passes as fast as the ranks compute, so a program that waits for something else than its calls, such as
 * a file, finds that much of it has passed.
 */
export function localCluster(size: number, options: LocalOptions = {}): LocalCluster {
  const network = new LocalNetwork(options)
  const names = Array.from({ length: size }, (_, rank) => nodeId(`rank-${rank}`))
  const stations = names.map((node) => network.join(node))
  const members = stations.map(({ node, publicKey }) => ({
    id: node,
    key: publicKey,
    incarnation: 1,
  }))
  const communicators = stations.map(
    (station) =>
      new Communicator(groupOf(jobId('local'), members, station.node, 0), station, options),
  )
  const kill = (rank: number): void => stations[rank]?.cut()
  return {
    communicators,
    traffic: network.traffic,
    kill,
    async run(program) {
      const outcomes = await Promise.allSettled(
        communicators.map(async (comm, rank) => {
          try {
            return await program(comm)
          } catch (error) {
            kill(rank)
            throw error
          }
        }),
      )
      await Promise.all(communicators.map((comm) => comm.close()))
      return outcomes.map((outcome) => {
        if (outcome.status === 'rejected') throw outcome.reason
        return outcome.value
      })
    },
  }
}
