import type { Command } from '../shell/command.ts'
import { EXIT } from '../shell/exit.ts'
import { CHAIN_OPTIONS, KEY_OPTION } from './options.ts'

/** `hypernet market balance` */
export const marketBalance: Command = {
  name: 'market balance',
  summary: 'Show what an address has: in the market, behind it, outside, and its votes',
  about: ['Without ADDRESS that of the key which --key-file or the environment gives.'],
  operands: [{ name: 'ADDRESS', optional: true }],
  options: { ...CHAIN_OPTIONS, 'key-file': KEY_OPTION },
  examples: ['hypernet market balance 0x70997970C51812dc3A010C7d01b50e0d17dc79C8'],
  async run(given, terminal) {
    const { walletFor, withMarket } = await import('./place.ts')
    const { addressOf } = await import('./words.ts')
    const { readHoldings } = await import('../../io/chain/holdings.ts')
    const { holdingsDocument, holdingsText } = await import('./holdingsText.ts')
    const [text] = given.operands
    const named = text === undefined ? undefined : addressOf(text, 'ADDRESS')
    return withMarket(given, terminal, async (market) => {
      const address = named ?? (await walletFor(given, terminal, market)).address
      const found = await readHoldings(market.client, market.deployment, address)
      if (given.flag('json')) terminal.out(`${JSON.stringify(holdingsDocument(found))}\n`)
      else terminal.out(holdingsText(found))
      return EXIT.done
    })
  },
}
