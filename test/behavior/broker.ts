import type { Test } from 'tap'
import type { NodeId } from '../../agent/wire/ids.ts'
import { deliveryCases } from './cases/delivery.ts'
import { retainedCases } from './cases/retained.ts'
import { sessionCases } from './cases/session.ts'
import { willCases } from './cases/will.ts'

export interface Received {
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos: number
  readonly retain: boolean
}

export interface Will {
  readonly topic: string
  readonly payload: string
  readonly qos: 0 | 1
  readonly retain: boolean
}

export interface BrokerClient {
  /** Whether the broker had kept a session of this id. */
  readonly sessionPresent: boolean
  /** Everything received so far, in order. */
  readonly received: readonly Received[]
  /** Ends when the connection has, whoever closed it. */
  readonly closed: Promise<void>
  /** Ends when the broker has answered; fails when it refused. */
  subscribe(filter: string, qos: 0 | 1): Promise<void>
  unsubscribe(filter: string): Promise<void>
  /** Ends when sent (QoS 0) or acknowledged (QoS 1). Default: QoS 0, not retained. */
  publish(
    topic: string,
    payload: string | Uint8Array,
    options?: { qos?: 0 | 1; retain?: boolean },
  ): Promise<void>
  /** The next message not yet taken; fails at the deadline (milliseconds, default 5,000). */
  next(deadline?: number): Promise<Received>
  /** Ends the connection with DISCONNECT. */
  disconnect(): Promise<void>
  /** Cuts the connection without a word. */
  drop(): Promise<void>
}

export interface ConnectOptions {
  readonly id: NodeId
  /** Default true: no session before or after. */
  readonly clean?: boolean
  readonly will?: Will
}

/**
 * One broker as the suite sees it: a real one over sockets, or the simulated one, whose promises
 * end in virtual time. It serves the devices `alpha`, `beta`, `gamma` and the `controller` of
 * fleet `lab`, each with its rights.
 */
export interface BrokerUnderTest {
  /** How many messages at most wait for one client that is away. */
  readonly queue: number
  connect(options: ConnectOptions): Promise<BrokerClient>
  /** Ends it as a crash would, and starts it again at the same place. */
  restart(): Promise<void>
  close(): Promise<void>
}

export type BehaviorCases = Record<string, (t: Test, broker: BrokerUnderTest) => Promise<void>>

/** The behaviour that agents and controller count on, whichever broker they use. */
export function brokerBehavior(t: Test, name: string, open: () => Promise<BrokerUnderTest>): void {
  const cases = { ...deliveryCases, ...retainedCases, ...willCases, ...sessionCases }
  for (const [title, run] of Object.entries(cases)) {
    t.test(`${name}: ${title}`, async (t) => {
      const broker = await open()
      t.teardown(() => broker.close())
      await run(t, broker)
    })
  }
}
