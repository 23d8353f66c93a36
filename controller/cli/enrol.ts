import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HypernetError } from '../../agent/wire/errors.ts'
import { nodeId } from '../../agent/wire/ids.ts'
import { addressOf, checksumAddress } from '../../agent/wire/signature.ts'
import { openCredentials } from '../io/broker/credentials.ts'
import { loadOperatorKey } from '../io/operatorKey.ts'
import { clientOf } from './shell/client.ts'

/** What a new device is told, beside where the broker is. */
export interface Enrolment {
  /** Address of the operator's key, for agent.yaml. */
  readonly operator: string
  /** For the embedded broker. */
  readonly password: string
}

/**
 * Gives a device, or a viewer, a password for the embedded broker, and makes the operator's key where there is none.
 * The broker reads its passwords when it starts, so the controller must not run.
 * @throws HypernetError `BAD_ID`; `BAD_USAGE` while the controller runs, or for an id that has a
 *   password already; `NOT_ALLOWED` for an id that is no device's; `KEY_UNSAFE`, `STORE_FAILED`
 */
export async function enrol(
  stateFolder: string,
  id: string,
  role: 'device' | 'viewer' = 'device',
): Promise<Enrolment> {
  const node = nodeId(id)
  if (await answers(join(stateFolder, 'hypernet.sock')))
    throw new HypernetError(
      'BAD_USAGE',
      `the controller of ${stateFolder} runs; stop it first, since its broker reads passwords when it starts`,
    )
  await mkdir(stateFolder, { recursive: true, mode: 0o700 })
  const { key } = await loadOperatorKey(stateFolder)
  const credentials = openCredentials(join(stateFolder, 'broker.json'))
  // A new password would shut out the device that has the old one.
  if (credentials.has(node))
    throw new HypernetError(
      'BAD_USAGE',
      `${role} ${node} has a password already; choose another id${role === 'viewer' ? '' : `, or take it back first: start hypernet up, then hypernet fleet revoke ${node}`}`,
    )
  const password = credentials.issue(node, role)
  return { operator: checksumAddress(addressOf(key.publicKey)), password }
}

/** Writes a secret for its owner alone. @throws the error of the file system where a file is there already */
export const writeSecret = (path: string, secret: string): Promise<void> =>
  writeFile(path, `${secret}\n`, { flag: 'wx', mode: 0o600 })

async function answers(socketPath: string): Promise<boolean> {
  try {
    await clientOf(socketPath).get('/v1/status')
    return true
  } catch (error) {
    if (error instanceof HypernetError && error.code === 'CONTROLLER_LOST') return false
    throw error
  }
}
