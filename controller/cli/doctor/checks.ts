import { readFile } from 'node:fs/promises'
import { HypernetError } from '../../../agent/wire/errors.ts'
import type { Finding } from '../doctor.ts'
import type { Place } from '../reach.ts'
import { clientOf } from '../shell/client.ts'
import { brokerFinding } from './broker.ts'
import { chainFindings } from './chain.ts'
import {
  clockFinding,
  keysFinding,
  mosquittoFinding,
  nodeFinding,
  processorFinding,
  stateFinding,
  versionFinding,
} from './machine.ts'

/**
 * Runs every check, in the order in which their failures cause each other.
 * @param without the folder in which a controller.yaml was looked for in vain
 */
export async function examine(
  place: Place,
  env: Readonly<Record<string, string | undefined>>,
  without?: string,
): Promise<Finding[]> {
  const { finding: controller, status } = await controllerFinding(place.socketPath, without)
  const brokerUrl = textIn(status, 'brokerUrl') ?? place.brokerUrl
  return [
    nodeFinding(process.versions.node),
    processorFinding(process.arch),
    clockFinding(Date.now()),
    await stateFinding(place.stateFolder),
    await keysFinding(place.stateFolder, place.keyFiles),
    controller,
    brokerUrl === undefined
      ? { check: 'broker', state: 'note', found: 'unknown until the controller runs.' }
      : await brokerFinding(brokerUrl, place.brokerCa),
    ...(place.chain === undefined
      ? []
      : await chainFindings(place.chain === 'embedded' ? undefined : place.chain)),
    versionFinding(await installedVersion(), textIn(status, 'software')),
    await mosquittoFinding(env.PATH),
  ]
}

async function controllerFinding(
  socketPath: string,
  without: string | undefined,
): Promise<{ finding: Finding; status: unknown }> {
  try {
    const status = await clientOf(socketPath, without).get('/v1/status')
    const who = `fleet ${textIn(status, 'fleet')}, operator ${textIn(status, 'operator')}`
    return {
      finding: { check: 'controller', state: 'ok', found: `answers at ${socketPath}: ${who}.` },
      status,
    }
  } catch (error) {
    if (!(error instanceof HypernetError)) throw error
    const finding: Finding = { check: 'controller', state: 'fail', found: error.message }
    return { finding, status: undefined }
  }
}

async function installedVersion(): Promise<string> {
  const text = await readFile(new URL('../../../package.json', import.meta.url), 'utf8')
  return String((JSON.parse(text) as { version?: unknown }).version)
}

function textIn(value: unknown, field: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const found = (value as Record<string, unknown>)[field]
  return typeof found === 'string' ? found : undefined
}
