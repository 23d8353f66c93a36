import type { Command } from '../shell/command.ts'
import { EXIT } from '../shell/exit.ts'
import { CHAIN_OPTIONS } from './options.ts'

/** `hypernet market orders` */
export const marketOrders: Command = {
  name: 'market orders',
  summary: 'Show the order book: who pays what for which job, best price first',
  about: [
    "Read from the vault's events, so that only jobs whose money is there are shown. The price is for one seller for the whole job; the collateral is what a seller puts up. A job with one replica says so: nobody else does the same work, so its sum is checked, its contributions are not.",
  ],
  operands: [],
  options: { ...CHAIN_OPTIONS, all: { says: 'also jobs that have ended' } },
  examples: ['hypernet market orders', 'hypernet market orders --all --json'],
  async run(given, terminal) {
    const { withMarket } = await import('./place.ts')
    const { readOrders } = await import('../../io/chain/orderBook.ts')
    const { orderDocument, ordersText } = await import('./ordersText.ts')
    return withMarket(given, terminal, async ({ client, deployment }) => {
      const orders = await readOrders(client, deployment, given.flag('all'))
      if (given.flag('json')) terminal.out(`${JSON.stringify(orders.map(orderDocument))}\n`)
      else terminal.out(ordersText(orders))
      return EXIT.done
    })
  },
}
