import type { Clock } from '../io/clock.ts'
import type { Millis, NodeId } from '../wire/ids.ts'
import type { Exchange } from '../wire/messages.ts'
import type { Purpose } from '../wire/signature.ts'

/** What carries the messages of one rank. It may lose, delay, repeat and reorder them. */
export interface Transport {
  readonly clock: Clock
  readonly pace: Pace
  readonly signer: Signer
  /** Sends to every rank that listens to this one. */
  send(exchange: Exchange): void
  /** Listens to these devices. @returns a function that stops it */
  attach(from: readonly NodeId[], listener: Listener): () => void
  /** Ends it for good. */
  close(): Promise<void>
}

export interface Listener {
  hear(exchange: Exchange): void
  /** A hint about the life of another rank. */
  presence(node: NodeId, online: boolean): void
  /** This rank lost the network: until it returns no time passes for it. */
  lost(): void
  /** The network is back after so long. */
  returned(outage: Millis): void
}

/** Times that fit the network. */
export interface Pace {
  /** Least time between two messages of one call: what comes in meanwhile travels together. */
  readonly gather: Millis
  /** Time after which a rank that waits says again what it holds; silence is counted in it. */
  readonly period: Millis
}

/** Signs for one rank and checks the others. */
export interface Signer {
  sign(purpose: Purpose, payload: Uint8Array): Uint8Array
  verify(purpose: Purpose, signed: Uint8Array, publicKey: Uint8Array): boolean
}
