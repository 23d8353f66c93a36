import * as z from 'zod/mini'
import { ageText } from './quantities.ts'
import { read } from './read.ts'
import { table } from './table.ts'

/** What is read of a device; the rest is printed by `--json` as it is. */
export const NodeView = z.looseObject({
  node: z.string(),
  online: z.boolean(),
  since: z.number(),
  refused: z.optional(z.string()),
  address: z.optional(z.string()),
  session: z.number(),
  incarnation: z.optional(z.number()),
  labels: z.record(z.string(), z.string()),
  sensors: z.array(z.looseObject({ id: z.string(), unit: z.string() })),
  position: z.optional(z.object({ x: z.number(), y: z.number(), z: z.number() })),
  software: z.optional(z.string()),
})
export type NodeView = z.output<typeof NodeView>

/** @throws HypernetError `BAD_MESSAGE` when it is no list of devices of this version */
export const nodeViews = (value: unknown): NodeView[] =>
  read(z.object({ nodes: z.array(NodeView) }), value, 'list of devices').nodes

/** Devices, numbered names in the order of their numbers, and why some are refused. @param now Unix milliseconds */
export function nodesTable(nodes: readonly NodeView[], now: number): string {
  const sorted = [...nodes].sort((a, b) => NUMERIC.compare(a.node, b.node))
  const refusals = sorted.flatMap(({ refused }) => (refused === undefined ? [] : [`${refused}\n`]))
  const rows = table(
    [
      { head: 'DEVICE' },
      { head: 'STATE' },
      { head: 'SINCE', align: 'right' },
      { head: 'LABELS' },
      { head: 'SENSORS' },
    ],
    sorted.map((node) => [
      node.node,
      stateText(node),
      sinceText(node, now),
      Object.entries(node.labels)
        .map(([name, value]) => `${name}=${value}`)
        .join(' '),
      node.sensors.map(({ id, unit }) => `${id} (${unit})`).join(' '),
    ]),
  )
  return [rows, ...(refusals.length > 0 ? ['\n', ...refusals] : [])].join('')
}

/** One device as pairs of a name and a text. @param now Unix milliseconds */
export function nodeFacts(node: NodeView, now: number): [string, string][] {
  const facts: [string, string][] = [
    ['device', node.node],
    ['state', `${stateText(node)} for ${sinceText(node, now)}`],
  ]
  const add = (name: string, text: string | undefined) => {
    if (text !== undefined && text !== '') facts.push([name, text])
  }
  add('refused', node.refused)
  add('address', node.address)
  add('session', String(node.session))
  add('incarnation', node.incarnation?.toString())
  add('software', node.software)
  for (const [name, value] of Object.entries(node.labels)) add(`label ${name}`, value)
  for (const { id, unit } of node.sensors) add(`sensor ${id}`, unit)
  const { position } = node
  add('position', position && `${position.x}, ${position.y}, ${position.z} m`)
  return facts
}

const stateText = ({ refused, online }: NodeView): string =>
  refused !== undefined ? 'refused' : online ? 'online' : 'offline'

/** A device that was not heard since the controller's start has no time. */
const sinceText = ({ since }: NodeView, now: number): string =>
  since === 0 ? '-' : ageText(since, now)

const NUMERIC = new Intl.Collator('en', { numeric: true })
