import type { Command } from '../shell/command.ts'
import { CHAIN_OPTIONS, KEY_NOTE, SENDER_OPTIONS } from './options.ts'

/** `hypernet market execute` */
export const marketExecute: Command = {
  name: 'market execute',
  summary: 'Carry out a queued proposal whose wait is over',
  about: ['Anybody may, so that what was voted cannot be held back.', KEY_NOTE],
  operands: [{ name: 'ID' }],
  options: { ...CHAIN_OPTIONS, ...SENDER_OPTIONS },
  examples: ['hypernet market execute 1234567890 --key-file me.key'],
  async run(given, terminal) {
    const { advance } = await import('./advance.ts')
    return advance('execute', given, terminal)
  },
}
