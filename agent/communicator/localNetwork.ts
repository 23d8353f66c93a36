import { type RandomStream, randomStream } from '../math/random.ts'
import { domainDigest, utf8ToBytes } from '../wire/hash.ts'
import type { Millis, NodeId } from '../wire/ids.ts'
import type { Exchange } from '../wire/messages.ts'
import { blankCose, publicKeyOf, signCose, verifyCose } from '../wire/signature.ts'
import type { Listener, Signer, Transport } from './transport.ts'
import { VirtualClock } from './virtualClock.ts'

/** How bad the network inside the process is. Times are virtual milliseconds. */
export interface NetworkOptions {
  /** Chance that a message does not reach one of its receivers, 0 to 1. Default 0. */
  readonly loss?: number
  /** Chance that it reaches one twice. Default 0. */
  readonly duplicate?: number
  /** A message is under way for 5 ms and a number of milliseconds drawn from 0 to this. Default 0. */
  readonly jitter?: Millis
  /** All that is random follows from it. Default 0. */
  readonly seed?: number
  /** Whether contributions are really signed and verified, which takes most of the time. Default no. */
  readonly signatures?: boolean
}

const PACE = { gather: 2, period: 40 } as const
const LATENCY: Millis = 5

/** The place of one rank at a local network. */
export interface Station extends Transport {
  readonly node: NodeId
  readonly publicKey: Uint8Array
  /** Neither hears nor sends from now on. */
  cut(): void
}

/** Hands messages over as they are: what a receiver may change in one is its own (see `drop` of a claim). */
export class LocalNetwork {
  readonly traffic = { messages: 0, deliveries: 0, lost: 0 }
  private readonly clock = new VirtualClock()
  private readonly options: NetworkOptions
  private readonly random: RandomStream
  /** By sender. */
  private readonly listeners = new Map<NodeId, Set<Listener>>()

  constructor(options: NetworkOptions) {
    this.options = options
    this.random = randomStream(options.seed ?? 0)
  }

  join(node: NodeId): Station {
    const { signer, publicKey } = this.options.signatures ? realSigner(node) : blankSigner(node)
    const own = new Map<Listener, readonly NodeId[]>()
    let isCut = false
    const forget = (listener: Listener): void => {
      for (const from of own.get(listener) ?? []) this.listeners.get(from)?.delete(listener)
      own.delete(listener)
    }
    const cut = (): void => {
      isCut = true
      for (const listener of own.keys()) forget(listener)
    }
    return {
      node,
      publicKey,
      clock: this.clock,
      pace: PACE,
      signer,
      send: (exchange) => {
        if (!isCut) this.send(node, exchange)
      },
      attach: (from, listener) => {
        if (isCut) return () => {}
        own.set(listener, from)
        for (const each of from) {
          const set = this.listeners.get(each) ?? new Set()
          this.listeners.set(each, set.add(listener))
        }
        return () => forget(listener)
      },
      cut,
      close: async () => cut(),
    }
  }

  private send(from: NodeId, exchange: Exchange): void {
    const { loss = 0, duplicate = 0 } = this.options
    const listeners = this.listeners.get(from)
    this.traffic.messages++
    for (const listener of listeners ?? []) {
      const copies = this.chance(duplicate) ? 2 : 1
      for (let k = 0; k < copies; k++) {
        this.traffic.deliveries++
        if (this.chance(loss)) this.traffic.lost++
        else {
          this.clock.after(this.latency(), () => {
            if (this.listeners.get(from)?.has(listener)) listener.hear(exchange)
          })
        }
      }
    }
  }

  private latency(): Millis {
    const { jitter = 0 } = this.options
    return LATENCY + (jitter > 0 ? this.random.below(jitter + 1) : 0)
  }

  private chance(probability: number): boolean {
    return probability > 0 && this.random.fraction() < probability
  }
}

interface Identity {
  readonly publicKey: Uint8Array
  readonly signer: Signer
}

function realSigner(node: NodeId): Identity {
  // A digest that is no private key has a chance of 2^-128.
  const key = domainDigest('hypernet-local-key', utf8ToBytes(node))
  return {
    publicKey: publicKeyOf(key),
    signer: {
      sign: (purpose, payload) => signCose(purpose, payload, key).slice(),
      verify: verifyCose,
    },
  }
}

/** Nobody forges inside a process. */
function blankSigner(node: NodeId): Identity {
  const publicKey = new Uint8Array(33).fill(2, 0, 1)
  publicKey.set(domainDigest('hypernet-local-blank', utf8ToBytes(node)), 1)
  return {
    publicKey,
    signer: { sign: (_, payload) => blankCose(payload).slice(), verify: () => true },
  }
}
