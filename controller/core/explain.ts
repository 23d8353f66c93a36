import { ARITY } from '../../agent/consensus/treeOverlay.ts'
import { dimensionOf, mostSums } from '../../agent/fusion/model.ts'
import type { FusionJob } from '../../agent/wire/job.ts'
import { LIMITS } from '../../agent/wire/limits.ts'
import type { Order } from '../../agent/wire/messages.ts'
import { programName } from '../../agent/wire/programName.ts'
import { amountText } from '../../agent/wire/resources.ts'
import { CURRENCY, tokensText } from '../../agent/wire/tokens.ts'
import { formatDuration, formatSize } from '../../agent/wire/units.ts'
import { counted } from '../../agent/wire/words.ts'
import { readsPosition } from './compile.ts'
import { exampleShare } from './exampleShare.ts'
import { memoryText, modelText, sumsOf } from './modelText.ts'
import { type Outlook, outlookOf, type Range } from './outlook.ts'
import type { Ready, Selection } from './roster.ts'

/** Devices for the figures where nobody says how many there are. */
const EXAMPLE_DEVICES = 100

/** What the figures are to hold for. */
export interface Asked {
  /** So many devices. */
  readonly devices?: number | undefined
  /** The devices of a fleet that match the job now; asked only where no number is given. */
  readonly selection?: Selection | undefined
}

export interface Explanation {
  readonly lines: readonly string[]
  readonly outlook: Outlook
  /** SHA-256 of its program, as an owner's permissions.functions names it. */
  readonly program?: string
}

/**
 * Says what a job would do, for `hypernet job check`, in words and in figures: what is summed, what a
 * device sends, how the devices agree and why so, how long that takes. Where neither a number of devices
 * is given nor enough of a fleet match, the figures hold for minNodes, or for an example.
 */
export function explainJob(job: FusionJob, order: Order, asked: Asked = {}): Explanation {
  const { selection } = asked
  const { fleet, who } = fleetOf(job, order, asked)
  const outlook = outlookOf(job, order, fleet, exampleShare(order))
  const { weakness } = outlook.overlay
  const program = programName(order.model.code)
  const window = order.window.every === undefined ? '' : ' for each window'
  const lines = [
    `Job ${job.metadata.name}: ${modelText(job.spec.model)}${memoryText(job.spec.model)}`,
    `Devices: ${selectorText(job, order)}`,
    ...(program === undefined ? [] : [programText(program)]),
    ...resourcesText(order),
    ...(selection && asked.devices === undefined ? [`Now: ${selection.text}.`] : []),
    ...(order.data ? [dataText(order.data)] : [`Readings: ${windowText(job)}`]),
    ...sumText(job, order),
    agreementText(outlook),
    overlayText(outlook),
    ...(weakness === undefined ? [] : [`Warning: ${weakness}.`]),
    trafficText(outlook, who, order),
    ...slowText(outlook, order),
    `Time: at most ${formatDuration((order.window.follow ?? 0) + order.timeout)}${sumsText(order)}${window}; a device without news speaks every ${formatDuration(order.period)}.`,
    ...costText(job, order.data?.replicas ?? 1),
  ]
  return { lines, outlook, ...(program === undefined ? {} : { program }) }
}

/** What the owner of a device has to allow. */
const programText = (name: string): string =>
  `Program: SHA-256 ${name}. It runs on devices whose owners allow it in agent.yaml: permissions: { functions: sandboxed } for any, or a list with this SHA-256. A device that does not say what it allows is counted, and may refuse.`

/** A timeout is of one sum. */
function sumsText({ model }: Order): string {
  const most = mostSums(model)
  return most === 1 ? '' : ` for each of up to ${most} sums in a row`
}

/** What a buyer pays and risks, and how far what it gets is verified; told before anything is signed. */
function costText({ spec: { market } }: FusionJob, replicas: number): string[] {
  if (!market) return ['Cost: nothing is paid; the job runs on the devices of its own fleet.']
  const { price, sellers, relayFee, collateral = price, checkpoints, period, window } = market
  const { minStake, minScore } = market
  const asked = [
    ...(minStake === undefined ? [] : [`${tokensText(minStake)} ${CURRENCY} behind them`]),
    ...(minScore === undefined ? [] : [`a score of ${minScore}`]),
  ]
  const pay = price * BigInt(sellers)
  const parts = checkpoints === 1 ? 'at the end' : `in ${checkpoints} parts`
  return [
    `Cost: ${tokensText(price)} ${CURRENCY} to each of ${counted(sellers, 'seller')}, ${tokensText(pay)} in all, ${parts}, and on top the fee of the market (at most 1 %) and ${tokensText(relayFee)} for relays. Each seller puts up ${tokensText(collateral)}.`,
    `Sellers: the cheapest that offer${asked.length > 0 ? `, of those with at least ${asked.join(' and ')}` : ''}; among equals those with more tokens behind them, then those with the better score.`,
    `Checkpoints: every ${formatDuration(period)}; results are bound within the last ${formatDuration(window)} of it and shown within ${formatDuration(window)} after it.`,
    `Verified: the result by a majority of the sellers; the work behind it ${replicas === 1 ? 'not at all (replicas: 1, not replicated)' : `by a majority of the ${replicas} that do the same (replicated x${replicas}); who differs loses collateral`}.`,
  ]
}

/** Devices that a job with rows of its own takes, no more and no less. */
const dealtDevices = ({ data }: Order): number | undefined =>
  data && data.shards.length * data.replicas

/** The devices that the figures hold for, and the words that say so. */
function fleetOf(
  job: FusionJob,
  order: Order,
  { devices, selection }: Asked,
): { fleet: readonly Ready[] | number; who: string } {
  const { minNodes } = job.spec.selector
  const dealt = dealtDevices(order)
  if (dealt !== undefined) return { fleet: dealt, who: `with its ${counted(dealt, 'device')}` }
  if (devices !== undefined) return { fleet: devices, who: `with ${counted(devices, 'device')}` }
  if (selection?.enough) {
    const fleet = selection.devices
    return { fleet, who: `with the ${counted(fleet.length, 'device')} that match now` }
  }
  if (minNodes > 1)
    return {
      fleet: minNodes,
      who: `with ${counted(minNodes, 'device')}, the least that the job wants`,
    }
  return { fleet: EXAMPLE_DEVICES, who: `with ${counted(EXAMPLE_DEVICES, 'device')}, for example` }
}

function selectorText(job: FusionJob, order: Order): string {
  const { matchLabels, minNodes } = job.spec.selector
  const labels = Object.entries(matchLabels).map(([label, value]) => `${label}=${value}`)
  const sensors = order.sensors.map(({ id, unit }) => (unit ? `${id} in ${unit}` : id))
  const needs = [
    ...(labels.length > 0 ? [`label ${labels.join(', ')}`] : []),
    ...(sensors.length > 0 ? [`sensor ${sensors.join(', ')}, permitted to jobs`] : []),
    ...(readsPosition(order) ? ['a position'] : []),
  ]
  const few = minNodes > 1 ? '; a result over fewer fails' : ''
  const least = Math.max(minNodes, dealtDevices(order) ?? 0)
  return `every device with ${needs.join('; ') || 'a connection'}. At least ${least}, or the job waits${few}.`
}

/** What travels with the job, and to whom. */
function dataText({ columns, shards, replicas }: NonNullable<Order['data']>): string {
  const rows = shards.reduce((sum, numbers) => sum + numbers.length, 0) / columns.length
  const each = replicas === 1 ? 'one device each' : `${replicas} devices each, by lot`
  const count =
    replicas === 1
      ? ''
      : ' A shard counts once, with what more than half of its devices found; without that it is left out.'
  return `Data: ${counted(rows, 'row')} of ${columns.join(', ')} ${rows === 1 ? 'travels' : 'travel'} with the job, in ${counted(shards.length, 'shard')} for ${each}: ${counted(shards.length * replicas, 'device')}, no more and no less.${count}`
}

function resourcesText({ resources }: Order): string[] {
  if (!resources) return []
  const { cpus, memory, storage, bandwidth, runtime } = resources
  const needs = [
    ...(cpus === undefined ? [] : [`${amountText('cpus', cpus)} processors`]),
    ...(memory === undefined ? [] : [`${amountText('memory', memory)} of memory`]),
    ...(storage === undefined ? [] : [`${amountText('storage', storage)} of disk`]),
    ...(bandwidth === undefined ? [] : [`${amountText('bandwidth', bandwidth)}`]),
    `the runtime ${runtime}`,
  ]
  return [`Resources: each device gives ${needs.join(', ')}; one that does not refuses the job.`]
}

function windowText(job: FusionJob): string {
  const { window, epochs } = job.spec
  const which =
    window.size === undefined
      ? 'the latest reading of each device (all rows where it replays a file)'
      : `those of the last ${formatDuration(window.size)}${resampleText(window)}`
  const missing = missingText(job.spec)
  if (window.follow !== undefined)
    return `${which}, followed as they come for ${formatDuration(window.follow)}; then those that stand are agreed on, once. ${missing}`
  if (window.every === undefined) return `${which}, once. ${missing}`
  const end = epochs === undefined ? 'until the job is cancelled' : counted(epochs, 'time')
  const pace =
    window.pace === 'result'
      ? ' or, where that takes longer, once the last window has its result'
      : ''
  return `${which}, every ${formatDuration(window.every)}${pace}, ${end}. ${missing}`
}

const resampleText = ({ resample }: FusionJob['spec']['window']): string =>
  resample === undefined ? '' : `, as means over steps of ${formatDuration(resample)}`

function missingText({ model, window: { missing, size } }: FusionJob['spec']): string {
  if (missing === 'hold' && size !== undefined)
    return `A sensor that was not read in a step has its last value, if that is at most ${formatDuration(size)} older.`
  if (model.type === 'program') return 'The program gets a missing value as null.'
  return model.type === 'event' || model.type === 'kalman'
    ? 'A missing value tells nothing, and what else its row has counts.'
    : 'A row with a missing value is left out and counted.'
}

function sumText(job: FusionJob, order: Order): string[] {
  const dimension = dimensionOf(order.model)
  const { bytes } = exampleShare(order)
  const lines = [
    `Sum: each device adds up ${counted(dimension, 'exact number')} (${sumsOf(job.spec.model)}), about ${bytes} bytes with its signature. ${order.data ? '' : 'Rows are not sent, sums are; the sum of a device that has a single row tells that row.'}`.trim(),
  ]
  if (bytes > LIMITS.message / 2)
    lines.push(
      `Warning: a contribution may have ${formatSize(LIMITS.message)}; readings of very different sizes take more than these ${bytes} bytes. Use fewer terms.`,
    )
  return lines
}

function agreementText({ method, reason }: Outlook): string {
  const promise =
    method === 'laplacian'
      ? 'Devices end with approximate sums, and with wrong ones where messages are lost.'
      : 'All devices end with the same bits, or the result says which are missing.'
  return `Agreement: ${method}: ${reason}. ${promise}`
}

function overlayText({ overlay, devices }: Outlook): string {
  const { kind, degree, depth, diameter, spectrum, longLinks } = overlay
  const drawn = longLinks ? `, and ${longLinks} random ones more from each` : ''
  const who = {
    everyone: 'everyone with everyone',
    random: `a random graph, ${rangeText(degree)} ${isOne(degree) ? 'neighbor' : 'neighbors'} each`,
    tree: `a tree with new heads in each window, up to ${ARITY} children each, ${depth} levels below its root`,
    declared: degree
      ? `the links that the ${devices} devices declare${drawn}, ${rangeText(degree)} ${isOne(degree) ? 'neighbor' : 'neighbors'} each`
      : `the links that the devices declare${drawn}`,
  }[kind]
  if (!spectrum || !diameter)
    return `Overlay: ${who}. Its devices are not known, so neither are its spectral gap and its diameter.`
  return `Overlay: ${who}; spectral gap ${Number(spectrum.gap.toPrecision(3))}, diameter ${rangeText(diameter)}.`
}

function trafficText(
  { method, rounds, roundsInAll, messages, bytes }: Outlook,
  who: string,
  { model }: Order,
): string {
  const known = roundsInAll ? `, ${rangeText(roundsInAll)} until all know that all hold it` : ''
  const what = method === 'laplacian' ? 'are near the answer' : 'hold the answer'
  const time = rounds
    ? `${rangeText(rounds)} ${isOne(rounds) ? 'round' : 'rounds'} until all ${what}${known}`
    : 'as many rounds until all hold the answer as the longest way has links'
  const sent = [
    ...(messages ? [`${rangeText(messages)} ${isOne(messages) ? 'message' : 'messages'}`] : []),
    ...(bytes ? [bytesText(bytes)] : []),
  ]
  const most = mostSums(model)
  const sums = most === 1 ? '' : `, for each of up to ${most} sums in a row`
  const each = sent.length > 0 ? `; each device sends ${sent.join(', ')}` : ''
  return `Traffic: ${who}, where nothing is lost: ${time}${each}${sums}.`
}

/** Warns where the rounds take longer than the job has. */
function slowText(
  { method, rounds, roundsInAll = rounds }: Outlook,
  { period, timeout, window }: Order,
): string[] {
  if (!roundsInAll) return []
  const time = roundsInAll.most * period
  const takes = `Warning: so many rounds take ${formatDuration(time)}`
  const less = method === 'ratio' || method === 'laplacian' ? ', or let another method do it' : ''
  if (time > timeout)
    return [
      `${takes}, and spec.consensus.timeout ends them after ${formatDuration(timeout)}: raise it${less}.`,
    ]
  if (window.every !== undefined && !window.paced && time > LIMITS.epochs * window.every)
    return [
      `${takes}, and a window opens every ${formatDuration(window.every)}: a device has ${LIMITS.epochs} open at most, so later ones are left out; raise spec.window.every${less}.`,
    ]
  return []
}

const isOne = (range: Range | undefined): boolean => range?.least === 1 && range.most === 1

function rangeText(range: Range | undefined): string {
  if (!range) return '?'
  return range.least === range.most ? String(range.least) : `${range.least} to ${range.most}`
}

function bytesText({ least, most }: Range): string {
  return rough(least) === rough(most) ? rough(least) : `${rough(least)} to ${rough(most)}`
}

function rough(bytes: number): string {
  if (bytes < 10_000) return `${Math.round(bytes / 100) / 10} kB`
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`
  return `${Math.round(bytes / 100_000) / 10} MB`
}
