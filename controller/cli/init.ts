import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { HypernetError } from '../../agent/wire/errors.ts'
import { type Command, JSON_OPTION } from './shell/command.ts'
import { EXIT } from './shell/exit.ts'

/** The device of agent.yaml, and the broker of controller.yaml. */
const NODE = 'node-1'
const BROKER = 'mqtt://127.0.0.1:1883'

/** `hypernet init [DIR]` */
export const init: Command = {
  name: 'init',
  summary: 'Write a commented controller.yaml, agent.yaml, a job and a fleet of virtual devices',
  about: [
    'The files work as they are: start the controller with its virtual devices, then submit the job. agent.yaml is a real device, whose password and operator are made here too. Files that are there already are never overwritten.',
  ],
  operands: [{ name: 'DIR', optional: true }],
  options: { json: JSON_OPTION },
  examples: ['hypernet init lab', 'cd lab && hypernet up'],
  async run(given, terminal) {
    const { agentYaml, FILES } = await import('./init/files.ts')
    const { enrol, writeSecret } = await import('./enrol.ts')
    const folder = resolve(terminal.cwd, given.operands[0] ?? '.')
    const names = [...Object.keys(FILES), 'agent.yaml', `${NODE}.password`]
    const there = names.filter((name) => existsSync(join(folder, name)))
    if (there.length > 0)
      throw new HypernetError(
        'BAD_USAGE',
        `found ${there.join(', ')} in ${folder}, wanted a folder without. Name another one: hypernet init DIR`,
      )
    try {
      await mkdir(folder, { recursive: true })
      for (const [name, text] of Object.entries(FILES))
        await writeFile(join(folder, name), text, { flag: 'wx' })
      const { operator, password } = await enrol(join(folder, 'state'), NODE)
      await writeSecret(join(folder, `${NODE}.password`), password)
      const facts = { fleet: 'lab', node: NODE, operator, brokerUrl: BROKER }
      const agent = agentYaml({ ...facts, password: `${NODE}.password` })
      await writeFile(join(folder, 'agent.yaml'), agent, { flag: 'wx' })
    } catch (error) {
      if (error instanceof HypernetError) throw error
      const reason = (error as NodeJS.ErrnoException).code ?? 'error'
      throw new HypernetError('STORE_FAILED', `cannot write in ${folder} (${reason}).`, error)
    }
    const here = relative(terminal.cwd, folder)
    const lines = [
      `wrote ${names.join(', ')} in ${folder}`,
      ...(here === '' ? [] : [`cd ${/^[\w./-]+$/.test(here) ? here : `'${here}'`}`]),
      'hypernet up                              # in one terminal',
      'hypernet job submit job.yaml --watch     # in another',
    ]
    terminal.out(
      given.flag('json')
        ? `${JSON.stringify({ folder, files: names })}\n`
        : `${lines.join('\n')}\n`,
    )
    return EXIT.done
  },
}
