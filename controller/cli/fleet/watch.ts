import * as z from 'zod/mini'
import { counted } from '../../../agent/wire/words.ts'
import { clientFor } from '../reach.ts'
import { CONFIG_OPTION, type Command, SOCKET_OPTION } from '../shell/command.ts'
import { EXIT } from '../shell/exit.ts'
import { nodeViews } from '../show/nodes.ts'
import { read } from '../show/read.ts'

const Event = z.looseObject({
  event: z.string(),
  text: z.optional(z.string()),
  up: z.optional(z.boolean()),
})

/** `hypernet fleet watch` */
export const fleetWatch: Command = {
  name: 'fleet watch',
  summary: 'Print what happens to the devices of a fleet, until Ctrl-C',
  about: ['A line an event: a device came, went, changed, or was refused.'],
  operands: [],
  options: { config: CONFIG_OPTION, socket: SOCKET_OPTION },
  examples: ['hypernet fleet watch'],
  async run(given, terminal) {
    const client = await clientFor(given, terminal)
    const say = (text: string) => terminal.out(`${new Date().toISOString()} ${text}\n`)
    const hear = (value: unknown) => {
      const { event, text, up } = read(Event, value, 'event')
      if (event === 'fleet') say(text ?? '')
      if (event === 'broker') say(up ? 'the broker is reached' : 'the broker is lost')
      return undefined
    }
    const nodes = nodeViews(await client.get('/v1/nodes'))
    say(
      `${nodes.filter(({ online }) => online).length} of ${counted(nodes.length, 'device')} online`,
    )
    const end = await client.follow('/v1/events', hear, terminal.interrupted)
    if (end === 'aborted') return EXIT.interrupted
    terminal.err('the controller ended\n')
    return EXIT.unreachable
  },
}
