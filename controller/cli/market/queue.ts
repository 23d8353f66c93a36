import type { Command } from '../shell/command.ts'
import { CHAIN_OPTIONS, KEY_NOTE, SENDER_OPTIONS } from './options.ts'

/** `hypernet market queue` */
export const marketQueue: Command = {
  name: 'market queue',
  summary: 'Give a proposal that has won to the timelock, where it waits',
  about: [
    'Anybody may. It is executed after the wait, which lets whoever disagrees leave.',
    KEY_NOTE,
  ],
  operands: [{ name: 'ID' }],
  options: { ...CHAIN_OPTIONS, ...SENDER_OPTIONS },
  examples: ['hypernet market queue 1234567890 --key-file me.key'],
  async run(given, terminal) {
    const { advance } = await import('./advance.ts')
    return advance('queue', given, terminal)
  },
}
