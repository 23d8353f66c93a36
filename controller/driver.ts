import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Clock, systemClock } from '../agent/io/clock.ts'
import type { Log } from '../agent/io/log.ts'
import { HypernetError } from '../agent/wire/errors.ts'
import type { FleetId, JobId, NodeId } from '../agent/wire/ids.ts'
import { addressOf } from '../agent/wire/signature.ts'
import { type BrokerPort, openBroker } from './brokerPort.ts'
import type { ControllerConfig } from './config.ts'
import type { ControllerEvent, DeviceProgress, JobView } from './controllerEvents.ts'
import type { NodeView } from './core/fleetView.ts'
import type { JobStatus } from './core/jobStatus.ts'
import type { ResultDocument } from './core/resultDocument.ts'
import type { MarketPlace } from './core/settlement/offer.ts'
import { FleetController } from './fleetController.ts'
import type { Credentials } from './io/broker/credentials.ts'
import type { Books } from './io/chain/audit.ts'
import { type Api, clearStaleSocket, type Submission, serveApi } from './io/http.ts'
import type { DataFiles } from './io/jobFiles.ts'
import { loadOperatorKey } from './io/operatorKey.ts'
import { openStore, type Store } from './io/store.ts'
import type { OpenMarket } from './openMarket.ts'

export interface ControllerOptions {
  readonly log: Log
  /** Folder that the paths of the configuration count from. Default: the working folder. */
  readonly folder?: string
  readonly clock?: Clock
}

/** What sellers must know of a market, and what a chain of our own can give them. */
export interface ControllerMarket {
  readonly place: MarketPlace
  /** Address of the account that sends and pays for gas. */
  readonly relay: string
  /** What that account has, in 1e-18 of the chain's coin. @throws HypernetError `CHAIN_LOST` */
  coins(): Promise<bigint>
  /** Gives accounts tokens, 20 bytes and smallest units; only on a chain of our own. */
  endow?(accounts: readonly Uint8Array[], amount: bigint): Promise<void>
  /** What these accounts of 20 bytes have locked in jobs, smallest units. @throws HypernetError `CHAIN_LOST` */
  lockedOf(accounts: readonly Uint8Array[]): Promise<bigint>
  /** What the vault owes, beside what it has. */
  audit(): Promise<Books>
}

/** A fleet controller at work. */
export interface Controller {
  readonly fleet: FleetId
  readonly brokerUrl: string
  /** UNIX socket of the local API. */
  readonly socketPath: string
  /** Address that agent.yaml names under `operators`, with the checksum of EIP-55. */
  readonly operatorAddress: string
  /** Passwords of the embedded broker; nothing with an external one. */
  readonly credentials: Credentials | undefined
  /** Resolves when the controller has ended: with the reason when it ended by itself. */
  readonly ended: Promise<HypernetError | undefined>
  /** Begins the jobs of a job file, all or none. @param file its name, for messages */
  submit(file: string, text: string, data?: DataFiles): Promise<Submission<JobStatus>>
  /** Oldest first. */
  jobs(): JobStatus[]
  /** @throws HypernetError `NOT_FOUND` */
  job(job: JobId): JobView
  /** What one device tells of a job and of the whole fleet in it. @throws HypernetError `NOT_FOUND` */
  progress(job: JobId, node: NodeId): DeviceProgress
  /** The newest result. @throws HypernetError `NOT_FOUND` while there is none */
  result(job: JobId): ResultDocument
  /** @throws HypernetError `NOT_FOUND`; `BAD_USAGE` when it has ended */
  cancel(job: JobId): JobStatus
  /** The market that paid jobs are traded on; absent without a chain. */
  readonly market?: ControllerMarket
  nodes(): NodeView[]
  /** Forgets a device and its pinned key. @throws HypernetError `NOT_FOUND` */
  forgetNode(node: NodeId): NodeView
  /** @returns a function that takes the listener away */
  on(event: 'event', listener: (event: ControllerEvent) => void): () => void
  close(): Promise<void>
}

/**
 * Starts a fleet controller: its broker or the connection to one, its memory, its local API. Jobs go
 * on where the last one left them, however it ended.
 * @throws HypernetError `STORE_FAILED` when the state folder cannot be used or belongs to a running
 * controller, `KEY_UNSAFE`, `BROKER_LOST`
 */
export async function startController(
  config: ControllerConfig,
  { log, folder = process.cwd(), clock = systemClock }: ControllerOptions,
): Promise<Controller> {
  const { fleet } = config
  const stateFolder = resolve(folder, config.store)
  const socketPath = join(stateFolder, 'hypernet.sock')
  await makeFolder(stateFolder)
  await clearStaleSocket(socketPath)
  const { key, made } = await loadOperatorKey(stateFolder)
  const open: Open = {}
  try {
    open.store = openStore(join(stateFolder, 'hypernet.sqlite'))
    open.broker = await openBroker(config, { folder, stateFolder }, log)
    const { promise: broken, resolve: broke } = Promise.withResolvers<HypernetError>()
    const { store, broker } = open
    if (config.chain) {
      // Loaded only where there is a chain: it takes a quarter of a second.
      const { openMarket } = await import('./openMarket.ts')
      open.market = await openMarket(config.chain, {
        folder,
        stateFolder,
        store,
        clock,
        log,
        broke,
      })
      await open.market.endow?.([addressOf(key.publicKey)], BUYER_TOKENS)
    }
    const { market } = open
    const core = new FleetController({
      fleet,
      key,
      store,
      broker,
      log,
      clock,
      broke,
      market,
      mostJobs: config.limits.jobs,
    })
    open.core = core
    if (made)
      log({
        level: 'info',
        kind: 'operator',
        message: `made the operator's key; devices obey it when agent.yaml names ${core.operatorAddress} under operators`,
      })
    await core.start()
    open.api = await serveApi(socketPath, core, log)
    return controllerOf(core, socketPath, broker, broken, open)
  } catch (error) {
    await closeAll(open)
    throw error
  }
}

/** What a buyer has at each start on a chain of our own, in the smallest unit. */
const BUYER_TOKENS = 10_000n * 10n ** 18n

/** What is open, to be closed in the opposite order. */
interface Open {
  store?: Store
  broker?: BrokerPort
  market?: OpenMarket
  core?: FleetController
  api?: Api
}

function controllerOf(
  core: FleetController,
  socketPath: string,
  broker: BrokerPort,
  broken: Promise<HypernetError>,
  open: Open,
): Controller {
  let closing: Promise<void> | undefined
  const { promise: closed, resolve: tellClosed } = Promise.withResolvers<undefined>()
  const close = () => {
    closing ??= closeAll(open).then(() => tellClosed(undefined))
    return closing
  }
  return {
    fleet: core.fleet,
    brokerUrl: broker.url,
    socketPath,
    operatorAddress: core.operatorAddress,
    credentials: broker.credentials,
    ended: Promise.race([broken.then((error) => close().then(() => error)), closed]),
    submit: (file, text, data) => core.submit(file, text, data),
    jobs: () => core.jobs(),
    job: (job) => core.job(job),
    progress: (job, node) => core.progress(job, node),
    result: (job) => core.result(job),
    cancel: (job) => core.cancel(job),
    ...(open.market && { market: marketOf(open.market, core) }),
    nodes: () => core.nodes(),
    forgetNode: (node) => core.forgetNode(node),
    on: (_event, listener) => core.listen(listener),
    close,
  }
}

const marketOf = (
  { bridge, coins, endow, lockedOf, audit }: OpenMarket,
  core: FleetController,
): ControllerMarket => ({
  relay: bridge.relay,
  coins,
  lockedOf,
  audit,
  get place() {
    return core.marketPlace
  },
  ...(endow && { endow }),
})

async function closeAll({ api, core, market, broker, store }: Open): Promise<void> {
  await api?.close()
  await core?.close()
  await market?.close()
  await broker?.close()
  store?.close()
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new HypernetError('STORE_FAILED', `cannot make the state folder ${path}`, error)
  }
}
