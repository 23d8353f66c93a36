import { HypernetError } from '../wire/errors.ts'
import { jobId, nodeId } from '../wire/ids.ts'
import { LIMITS } from '../wire/limits.ts'
import type { CallOptions } from './collective.ts'
import { Communicator } from './communicator.ts'
import { groupOf } from './group.ts'
import { LocalNetwork, type NetworkOptions } from './localNetwork.ts'
import { checkOptions } from './options.ts'

export interface LocalOptions extends CallOptions, NetworkOptions {}

/** Ranks in one process, on a network as bad as you like, in virtual time. */
export interface LocalCluster {
  readonly communicators: readonly Communicator[]
  /** Messages handed to the network, their deliveries to single receivers, and how many of these were lost. */
  readonly traffic: {
    readonly messages: number
    readonly deliveries: number
    readonly lost: number
  }
  /**
   * Runs the program on every rank and closes the communicators, so it can be called once. A rank whose
   * program throws is gone for the others; one whose program returns leaves the calls that others still make.
   * @returns what the programs return, rank by rank
   * @throws what the program of the lowest rank that failed threw; HypernetError `CLOSED` the second time
   */
  run<T>(program: (comm: Communicator) => PromiseLike<T>): Promise<T[]>
  /** Takes a rank off the network without a word. */
  kill(rank: number): void
}

/**
 * Connects `size` ranks inside this process. The same seed and programs give the same run. Virtual time
 * passes as fast as the ranks compute, so a program that waits for something else than its calls, such as
 * a file, finds that much of it has passed.
 * @throws HypernetError `BAD_USAGE` for wrong options
 */
export function localCluster(size: number, options: LocalOptions = {}): LocalCluster {
  if (!Number.isInteger(size) || size < 1 || size > LIMITS.roster)
    throw new HypernetError('BAD_USAGE', `${size} ranks, wanted 1 to ${LIMITS.roster}`)
  checkOptions('localCluster', options)
  const { required, signal, timeout, ...faults } = options
  const network = new LocalNetwork(faults)
  const names = Array.from({ length: size }, (_, rank) => nodeId(`rank-${rank}`))
  const stations = names.map((node) => network.join(node))
  const members = stations.map(({ node, publicKey }) => ({
    id: node,
    key: publicKey,
    incarnation: 1,
  }))
  const communicators = stations.map(
    (station) =>
      new Communicator(groupOf(jobId('local'), members, station.node, 0), station, {
        required,
        signal,
        timeout,
      }),
  )
  const kill = (rank: number): void => stations[rank]?.cut()
  let hasRun = false
  return {
    communicators,
    traffic: network.traffic,
    kill,
    async run(program) {
      if (hasRun)
        throw new HypernetError(
          'CLOSED',
          'a local cluster runs once, and closes its communicators; make another one',
        )
      hasRun = true
      const outcomes = await Promise.allSettled(
        communicators.map(async (comm, rank) => {
          try {
            const value = await program(comm)
            // Not awaited: what it left under way may need the programs that are still running.
            comm.leave()
            return value
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
