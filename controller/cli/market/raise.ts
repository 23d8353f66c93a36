import type { Command } from '../shell/command.ts'
import { CHAIN_OPTIONS, KEY_NOTE, SENDER_OPTIONS } from './options.ts'

/** `hypernet market raise` */
export const marketRaise: Command = {
  name: 'market raise',
  summary: 'Pay each seller of an open order more',
  about: [
    'JOB is the address that hypernet market orders shows. All sellers get the new price; what the escrow then lacks goes there from the account of the buyer, whose key this has to be (state/operator.key of a controller). Devices that offered for more than the old price need not offer again. A price cannot be lowered.',
    KEY_NOTE,
  ],
  operands: [{ name: 'JOB' }],
  options: {
    ...CHAIN_OPTIONS,
    price: { value: 'AMOUNT', says: 'what each seller gets for the whole job from now on' },
    ...SENDER_OPTIONS,
  },
  examples: ['hypernet market raise 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --price 1.5'],
  async run(given, terminal) {
    const { addressOf, amountOf, hyper } = await import('./words.ts')
    const { HypernetError } = await import('../../../agent/wire/errors.ts')
    const { tokensText } = await import('../../../agent/wire/tokens.ts')
    const { carryOutAct } = await import('./act.ts')
    const { raising } = await import('../../io/chain/raising.ts')
    const job = addressOf(given.operands[0] ?? '', 'JOB')
    const text = given.text('price')
    if (text === undefined)
      throw new HypernetError('BAD_USAGE', '--price is missing: say what each seller is to get.')
    const price = amountOf(text, '--price')
    return carryOutAct(given, terminal, async ({ client, deployment }, wallet) => {
      const { sending, before, added } = await raising(client, deployment, wallet, job, price)
      return {
        sending,
        done: () => ({
          says: `each seller of ${job} gets ${hyper(price)}, before ${hyper(before)}; ${hyper(added)} more are in its escrow`,
          document: {
            job,
            price: tokensText(price),
            before: tokensText(before),
            added: tokensText(added),
          },
        }),
      }
    })
  },
}
