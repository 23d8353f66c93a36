import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { invariant } from '../../../agent/wire/errors.ts'
import { watchFilters } from '../../../agent/wire/topics.ts'
import { EXIT } from '../shell/exit.ts'
import type { Terminal } from '../shell/terminal.ts'
import { factLines } from '../show/result.ts'
import type { DemoOutcome } from './run.ts'

const VIEWER = 'viewer'

/** Prints how to watch the demo from another terminal, and holds it until Ctrl-C. */
export async function keepUp(
  { controller, folder, document }: DemoOutcome,
  json: boolean,
  terminal: Terminal,
  code: number,
): Promise<number> {
  const { credentials, brokerUrl, socketPath } = controller
  invariant(credentials, 'the demo runs its own broker')
  const passwordFile = join(folder, 'viewer.password')
  await writeFile(passwordFile, `${credentials.issue(VIEWER, 'viewer')}\n`, { mode: 0o600 })
  const { hostname, port } = new URL(brokerUrl)
  const [filter] = watchFilters(controller.fleet)
  const text = `\n${factLines([
    ['broker', brokerUrl],
    ['viewer', `user ${VIEWER}, password in ${passwordFile}`],
    [
      'watch',
      `mosquitto_sub -h ${hostname} -p ${port} -i ${VIEWER} -u ${VIEWER} -P "$(cat ${passwordFile})" -v -t '${filter}'`,
    ],
    ['job', `npx hypernet job get ${document.job} --socket ${socketPath}`],
    ['fleet', `npx hypernet fleet ls --socket ${socketPath}`],
    ['end', 'Ctrl-C'],
  ])}`
  if (json) terminal.err(text)
  else terminal.out(text)
  if (!terminal.interrupted.aborted) await once(terminal.interrupted, 'abort')
  return code === EXIT.done ? EXIT.interrupted : code
}
