import { counted } from '../../../agent/wire/words.ts'
import type { Command } from '../shell/command.ts'
import { EXIT } from '../shell/exit.ts'
import { CHAIN_OPTIONS } from './options.ts'

/** `hypernet market reputation` */
export const marketReputation: Command = {
  name: 'market reputation',
  summary: 'Show the scores of an address as a seller and as a buyer',
  about: [
    'As a seller: checkpoints that it was paid for, and those that it was slashed for. As a buyer: how its jobs ended. Scores only grow; a new key begins at zero, so a bad score can be left behind, a good one cannot be taken along.',
  ],
  operands: [{ name: 'ADDRESS' }],
  options: CHAIN_OPTIONS,
  examples: ['hypernet market reputation 0x70997970C51812dc3A010C7d01b50e0d17dc79C8'],
  async run(given, terminal) {
    const { withMarket } = await import('./place.ts')
    const { addressOf } = await import('./words.ts')
    const { readBuyerScore, readHoldings } = await import('../../io/chain/holdings.ts')
    const { factLines } = await import('../show/result.ts')
    const address = addressOf(given.operands[0] ?? '', 'ADDRESS')
    return withMarket(given, terminal, async ({ client, deployment }) => {
      const { ok, bad } = await readHoldings(client, deployment, address)
      const buyer = await readBuyerScore(client, deployment, address)
      if (given.flag('json'))
        terminal.out(`${JSON.stringify({ address, seller: { ok, bad }, buyer })}\n`)
      else
        terminal.out(
          factLines([
            ['address', address],
            ['as a seller', `${counted(ok, 'checkpoint')} paid, ${bad} slashed`],
            [
              'as a buyer',
              `${counted(buyer.completed, 'job')} completed, ${buyer.stopped} stopped, ${buyer.abandoned} abandoned`,
            ],
          ]),
        )
      return EXIT.done
    })
  },
}
