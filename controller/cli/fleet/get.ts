import { HypernetError } from '../../../agent/wire/errors.ts'
import { quote } from '../../../agent/wire/ids.ts'
import { clientFor } from '../reach.ts'
import { CONFIG_OPTION, type Command, JSON_OPTION, SOCKET_OPTION } from '../shell/command.ts'
import { EXIT } from '../shell/exit.ts'
import { didYouMean } from '../shell/suggest.ts'
import { nodeFacts, nodeViews } from '../show/nodes.ts'
import { factLines } from '../show/result.ts'

/** `hypernet fleet get DEVICE` */
export const fleetGet: Command = {
  name: 'fleet get',
  summary: 'Show one device: its state, key, labels and sensors',
  about: [],
  operands: [{ name: 'DEVICE' }],
  options: { config: CONFIG_OPTION, socket: SOCKET_OPTION, json: JSON_OPTION },
  examples: ['hypernet fleet get probe-7'],
  async run(given, terminal) {
    const [id = ''] = given.operands
    const client = await clientFor(given, terminal)
    const nodes = nodeViews(await client.get('/v1/nodes'))
    const node = nodes.find((each) => each.node === id)
    if (node === undefined) {
      const hint = didYouMean(
        id,
        nodes.map((each) => each.node),
      )
      throw new HypernetError('NOT_FOUND', `no device ${quote(id)}.${hint} See: hypernet fleet ls`)
    }
    if (given.flag('json')) terminal.out(`${JSON.stringify(node)}\n`)
    else terminal.out(factLines(nodeFacts(node, Date.now())))
    return EXIT.done
  },
}
