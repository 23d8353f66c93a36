import { existsSync } from 'node:fs'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { nodeId } from '../../../agent/wire/ids.ts'
import { emptyFleet, heardInfo, heardState, ready } from '../../core/fleet.ts'
import type { Candidates } from '../../core/roster.ts'
import { clientFor, placeOf } from '../reach.ts'
import type { Given } from '../shell/arguments.ts'
import type { Terminal } from '../shell/terminal.ts'
import { type NodeView, nodeViews } from '../show/nodes.ts'

/**
 * The devices of the controller that runs here; nothing where none does.
 * @throws HypernetError where one was named and cannot be asked
 */
export async function candidatesHere(
  given: Given,
  terminal: Terminal,
): Promise<Candidates | undefined> {
  const isNamed = given.text('config') !== undefined || given.text('socket') !== undefined
  try {
    const { socketPath } = await placeOf(given, terminal)
    if (!isNamed && !existsSync(socketPath)) return undefined
    const client = await clientFor(given, terminal)
    return candidatesOf(nodeViews(await client.get('/v1/nodes')))
  } catch (error) {
    if (isNamed || !(error instanceof HypernetError)) throw error
    return undefined
  }
}

/** The devices as a controller knows them, from what it shows of them. */
export function candidatesOf(views: readonly NodeView[]): Candidates {
  const fleet = emptyFleet()
  for (const view of views) {
    const id = nodeId(view.node)
    if (view.refused === undefined) heardInfo(fleet, id, JSON.stringify(view))
    const state = { state: view.online ? 'online' : 'offline', session: view.session }
    heardState(fleet, id, JSON.stringify(state), view.since)
  }
  return { devices: ready(fleet), awaited: [], known: views.length }
}
