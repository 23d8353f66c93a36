import { join } from 'node:path'
import type { SellerTerms } from '../../agent/core/settings.ts'
import type { VirtualDevice } from '../../agent/host.ts'
import { type Hosts, startHosts } from '../../agent/hosts.ts'
import { deriveKey, readSecret } from '../../agent/io/keys.ts'
import type { Level } from '../../agent/io/log.ts'
import { HypernetError } from '../../agent/wire/errors.ts'
import { hexToBytes } from '../../agent/wire/hash.ts'
import type { Millis } from '../../agent/wire/ids.ts'
import { addressOf } from '../../agent/wire/signature.ts'
import type { NodeView } from '../core/fleetView.ts'
import type { Controller } from '../driver.ts'
import { checkKeys, type VirtualFleetFile } from './virtualFleet.ts'

export interface VirtualHostOptions {
  /** Folder with a password file a device, for a broker that is not embedded. */
  readonly passwords?: string | undefined
  /** Folder that keeps the devices' state; absent: memory. */
  readonly stateFolder?: string | undefined
  /** Certificate authority of the broker, PEM. */
  readonly ca?: string | undefined
  readonly logLevel?: Level
  onExit?(pid: number, devices: readonly string[]): void
  /** The controller has not heard of these, though they are connected. */
  onUnheard?(devices: readonly string[]): void
}

/** Births cross the broker in a moment; a slow machine may take seconds. */
const HEARD_WITHIN: Millis = 15_000

/**
 * Starts the devices of a virtual fleet beside a controller. Unless the file says otherwise they use
 * the controller's broker and obey its operator.
 * @returns when every device is connected and the controller has heard of it, so that a job which is
 *   submitted then finds them all; or 15 s after they are connected
 * @throws HypernetError `BAD_CONFIG`, `NOT_FOUND` or `KEY_UNSAFE` for a password, `KEY_UNSAFE` for sellers whose keys are
 *   public, `BROKER_LOST`
 */
export async function hostVirtualFleet(
  controller: Controller,
  file: VirtualFleetFile,
  options: VirtualHostOptions,
): Promise<Hosts> {
  if (file.fleet !== controller.fleet)
    throw new HypernetError(
      'BAD_CONFIG',
      `the virtual fleet is ${file.fleet}, the controller's is ${controller.fleet}; wanted the same`,
    )
  const passwords = await passwordsOf(controller, file, options.passwords)
  const devices = file.devices.map((device): VirtualDevice => {
    const password = passwords?.get(device.id)
    return password === undefined ? device : { ...device, password }
  })
  const operators = file.operators ?? [controller.operatorAddress]
  const hosts = await startHosts({
    fleet: file.fleet,
    ...(await marketOf(controller, file, devices)),
    broker: { url: file.brokerUrl ?? controller.brokerUrl, ca: options.ca },
    operators: operators.map((address) => hexToBytes(address.replace(/^0x/, ''))),
    devices,
    processes: file.processes,
    logLevel: options.logLevel ?? 'warn',
    ...(options.stateFolder !== undefined && { stateFolder: options.stateFolder }),
    ...(options.onExit !== undefined && { onExit: options.onExit }),
  })
  const ids = devices.map(({ id }) => id)
  const unheard = await heardOf(controller, ids, HEARD_WITHIN)
  if (unheard.length > 0) options.onUnheard?.(unheard)
  return hosts
}

/**
 * What the devices sell, on the controller's market. On a development chain each is given the tokens of one
 * collateral; elsewhere somebody has to deposit them.
 */
async function marketOf(
  { market }: Controller,
  file: VirtualFleetFile,
  devices: readonly VirtualDevice[],
): Promise<{ market?: SellerTerms }> {
  const { market: seller } = file
  if (!market || !seller) return {}
  checkKeys(file, market.place.chainId)
  const keys = devices.flatMap(({ id, seed }) => (seed === undefined ? [] : [deriveKey(seed, id)]))
  const accounts = keys.map(({ publicKey }) => addressOf(publicKey))
  await market.endow?.(accounts, seller.maxCollateral)
  const { chainId, vault, factory, escrow } = market.place
  return { market: { chainId: BigInt(chainId), vault, factory, escrow, ...seller } }
}

/**
 * Waits until the controller has heard of every device, or the time is over, or the controller ends.
 * @returns the devices that it has not heard of
 */
export async function heardOf(
  controller: Pick<Controller, 'nodes' | 'on' | 'ended'>,
  ids: readonly string[],
  within: Millis,
): Promise<readonly string[]> {
  // Each fleet event tells of one device; a device that was turned down is known, too.
  const isKnown = ({ online, incarnation, refused }: NodeView) =>
    (online && incarnation !== undefined) || refused !== undefined
  const known = new Set<string>(
    controller
      .nodes()
      .filter(isKnown)
      .map(({ node }) => node),
  )
  const missing = new Set(ids.filter((id) => !known.has(id)))
  const { promise, resolve } = Promise.withResolvers<void>()
  const stop = controller.on('event', (event) => {
    if (event.event !== 'fleet') return
    if (isKnown(event.node)) missing.delete(event.node.node)
    if (missing.size === 0) resolve()
  })
  const timer = setTimeout(resolve, within)
  if (missing.size === 0) resolve()
  await Promise.race([promise, controller.ended])
  clearTimeout(timer)
  stop()
  return [...missing]
}

/** The embedded broker makes them anew at each start; another broker's stand in files. */
async function passwordsOf(
  { credentials }: Controller,
  { devices, brokerUrl }: VirtualFleetFile,
  folder: string | undefined,
): Promise<ReadonlyMap<string, string> | undefined> {
  const ids = devices.map(({ id }) => id)
  if (credentials !== undefined && brokerUrl === undefined)
    return credentials.issueAll(ids, 'device')
  if (folder === undefined) return undefined
  const read = async (id: string) => [id, await readSecret(join(folder, id))] as const
  return new Map(await Promise.all(ids.map(read)))
}
