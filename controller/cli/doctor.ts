import { folderWithout, placeOf } from './reach.ts'
import { CONFIG_OPTION, type Command, JSON_OPTION, SOCKET_OPTION } from './shell/command.ts'
import { EXIT } from './shell/exit.ts'

/** What one check found. `fix` says what to do; a `note` fails nothing. */
export interface Finding {
  readonly check: string
  readonly state: 'ok' | 'note' | 'fail'
  readonly found: string
  readonly fix?: string
}

/** `hypernet doctor` */
export const doctor: Command = {
  name: 'doctor',
  summary: 'Check runtime, clock, state folder, keys, controller, broker, chain and versions',
  about: [
    'One line a check, with what to do where it fails. Exits 1 if a check fails. Nothing is changed.',
  ],
  operands: [],
  options: { config: CONFIG_OPTION, socket: SOCKET_OPTION, json: JSON_OPTION },
  examples: ['hypernet doctor -c controller.yaml'],
  async run(given, terminal) {
    const { examine } = await import('./doctor/checks.ts')
    const place = await placeOf(given, terminal)
    const findings = await examine(place, terminal.env, folderWithout(place, given))
    if (given.flag('json')) terminal.out(`${JSON.stringify({ checks: findings })}\n`)
    else terminal.out(findings.map(line).join(''))
    return findings.some(({ state }) => state === 'fail') ? EXIT.failed : EXIT.done
  },
}

const line = ({ check, state, found, fix }: Finding): string =>
  `${state.padEnd(4)}  ${check.padEnd(10)}  ${found}${fix === undefined ? '' : ` ${fix}`}\n`
