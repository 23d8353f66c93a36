import type { Command } from '../shell/command.ts'
import { CHAIN_OPTIONS, KEY_NOTE, SENDER_OPTIONS } from './options.ts'

/** `hypernet market delegate` */
export const marketDelegate: Command = {
  name: 'market delegate',
  summary: 'Let your tokens count as votes: your own, or of somebody you trust',
  about: [
    'Tokens outside of the market vote only once they were delegated, to yourself too. The tokens stay yours. It holds for what you get later, and for proposals whose vote has not begun.',
    KEY_NOTE,
  ],
  operands: [{ name: 'ADDRESS', optional: true }],
  options: { ...CHAIN_OPTIONS, ...SENDER_OPTIONS },
  examples: ['hypernet market delegate --key-file me.key'],
  async run(given, terminal) {
    const { addressOf } = await import('./words.ts')
    const { carryOutAct } = await import('./act.ts')
    const { delegating } = await import('../../io/chain/motions.ts')
    const [text] = given.operands
    const named = text === undefined ? undefined : addressOf(text, 'ADDRESS')
    return carryOutAct(given, terminal, (market, { address }) => {
      const delegate = named ?? address
      return {
        sending: delegating(market.deployment, delegate),
        done: () => ({
          says: `tokens of ${address} are votes of ${delegate}`,
          document: { owner: address, delegate },
        }),
      }
    })
  },
}
