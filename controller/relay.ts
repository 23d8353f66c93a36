import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Clock, systemClock } from '../agent/io/clock.ts'
import { keyOf } from '../agent/io/keys.ts'
import type { Log } from '../agent/io/log.ts'
import { openPayload } from '../agent/io/opened.ts'
import { decodeRecord } from '../agent/wire/codec.ts'
import { HypernetError } from '../agent/wire/errors.ts'
import { fleetId, type JobId } from '../agent/wire/ids.ts'
import { Order, Signed } from '../agent/wire/messages.ts'
import { payloadOf } from '../agent/wire/signature.ts'
import { parseTopic, topicFilter } from '../agent/wire/topics.ts'
import { type BrokerPort, openBroker } from './brokerPort.ts'
import type { ControllerConfig } from './config.ts'
import { emptyFleet, heardInfo } from './core/fleet.ts'
import type { JobInput } from './core/jobSeam.ts'
import type { MarketBlock } from './core/settlement/seam.ts'
import { Blobs } from './io/blobs.ts'
import { openLink } from './io/link.ts'
import { openStore, type Store } from './io/store.ts'
import { KeptMessages } from './keptMessages.ts'
import { MarketDesk } from './marketDesk.ts'
import { type OpenMarket, openMarket, type Purse } from './openMarket.ts'
import { takeMessage } from './outside.ts'
import { pinnedNames } from './pinnedNames.ts'

/** Takes the paid jobs of a fleet to their end in place of the controller that began them. */
export interface Relay {
  /** Whose account sends. */
  readonly purse: Purse
  /** Where it hears what is told. */
  readonly brokerUrl: string
  /** Resolves when a job's contract has ended. */
  ended(job: JobId): Promise<MarketBlock>
  /** Resolves when it cannot go on, with the reason; it is still to be closed. */
  readonly broken: Promise<HypernetError>
  close(): Promise<void>
}

/**
 * Starts a relay: it needs the chain, the broker, and an account that pays for gas, but nothing of the controller's.
 * Orders, bids, and what was bound and shown are retained at the broker; the contract checks all signatures.
 * @throws HypernetError `BAD_CONFIG` without a chain, `BROKER_LOST`, `CHAIN_LOST`, `CHAIN_REFUSED`
 */
export async function startRelay(
  config: ControllerConfig,
  { log, folder, clock = systemClock }: { log: Log; folder: string; clock?: Clock },
): Promise<Relay> {
  const { chain } = config
  if (!chain) throw new HypernetError('BAD_CONFIG', 'a relay needs chain in its configuration')
  const stateFolder = resolve(folder, config.store)
  await mkdir(stateFolder, { recursive: true, mode: 0o700 })
  const { promise: broken, resolve: broke } = Promise.withResolvers<HypernetError>()
  const open: (() => unknown)[] = []
  const close = async () => {
    for (const each of open.splice(0).reverse()) await each()
  }
  try {
    const store = openStore(join(stateFolder, 'relay.sqlite'))
    open.push(() => store.close())
    const market = await openMarket(chain, { folder, stateFolder, store, clock, log, broke })
    open.push(() => market.close())
    const broker = await openBroker(config, { folder, stateFolder }, log)
    open.push(() => broker.close())
    const { link, ended } = relayOver(config, { market, store, broker, log, clock, broke })
    open.push(() => link.close())
    await link.connect()
    const { bridge, coins, deployment } = market
    const purse = { relay: bridge.relay, chainId: deployment.chainId, coins }
    return { purse, brokerUrl: broker.url, ended, broken, close }
  } catch (error) {
    // Else what is open keeps the process alive.
    await close()
    throw error
  }
}

/** What it takes up, and what it may hear by the broker's access list for relays. */
const HEARD = ['info', 'order', 'blob', 'deal', 'anchor'] as const

interface Parts {
  readonly market: OpenMarket
  readonly store: Store
  readonly broker: BrokerPort
  readonly log: Log
  readonly clock: Clock
  readonly broke: (error: HypernetError) => void
}

/** Brings together what the broker tells and what the chain does. */
function relayOver(config: ControllerConfig, parts: Parts) {
  const { market, store, broker, log, clock, broke } = parts
  const fleet = fleetId(config.fleet)
  const devices = emptyFleet([])
  const ends = new Map<JobId, PromiseWithResolvers<MarketBlock>>()
  const endOf = (job: JobId) => {
    const end = ends.get(job) ?? Promise.withResolvers<MarketBlock>()
    ends.set(job, end)
    return end
  }
  const link = openLink({
    ...broker,
    fleet,
    log,
    clock,
    hears: HEARD.map((kind) => topicFilter(kind, { fleet })),
    onMessage: (topic, payload) => hear(topic, payload),
    onUp: () => {},
  })
  const desk = new MarketDesk({
    ...market,
    store,
    fleet,
    // It buys nothing: this key is nobody's.
    key: keyOf(new Uint8Array(32).fill(1)),
    log,
    retain: (topic, payload) => link.retain(topic, payload),
    ...pinnedNames(devices),
    give: (job: JobId, input: JobInput) => {
      if (input.kind === 'settled') endOf(job).resolve(input.market)
      const isOver = input.kind === 'settled' || input.kind === 'unhired'
      // Another order of this name may go on.
      if (isOver && !desk.has(job)) told.forgetJob(job)
    },
  })
  /** What is retained may come before what it depends on: deals belong to an order, and to a device's birth. */
  const told = new KeptMessages(log)
  const blobs = new Blobs()
  function hear(name: string, payload: Uint8Array): void {
    try {
      takeMessage(name, log, () => take(name, payload))
    } catch (error) {
      // The store failed; else it is a mistake of ours.
      broke(
        error instanceof HypernetError
          ? error
          : new HypernetError('INVARIANT', 'the relay broke; see its log', error),
      )
    }
  }
  function take(name: string, payload: Uint8Array): void {
    const topic = parseTopic(name)
    if (topic.kind === 'info') {
      heardInfo(devices, topic.node, Buffer.from(payload).toString('utf8'))
      told.again({ from: topic.node })
    } else if (payload.length === 0) told.forget(name)
    else if (topic.kind === 'order') {
      takeOrder(topic.job, payload)
      told.again({ job: topic.job })
    } else if (topic.kind === 'blob') {
      // One of them may have made an order whole.
      blobs.take(payload)
      told.again()
    } else if (topic.kind === 'deal') {
      const { job, node } = topic
      told.keep(name, { job, from: node }, () => desk.hearDeal(job, node, payload))
    } else if (topic.kind === 'anchor') {
      const { job } = topic
      // Only controllers say such: each job has its own bound.
      told.keep(name, { job, from: `anchor of ${job}` }, () => desk.hearAnchor(job, payload))
    }
  }
  function takeOrder(job: JobId, payload: Uint8Array): void {
    const { signed, blob, parts } = decodeRecord(Signed, payload)
    const begin = (whole: Uint8Array) => {
      const { record } = openPayload(Order, payloadOf(whole))
      if (record.job === job && !record.cancelled) desk.begin(record, market.deployment.block)
    }
    if (signed) begin(signed)
    else if (blob && parts) blobs.want(blob, parts, begin)
  }
  return { link, ended: (job: JobId) => endOf(job).promise }
}
