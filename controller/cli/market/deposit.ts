import type { Command } from '../shell/command.ts'
import { CHAIN_OPTIONS, KEY_NOTE, SENDER_OPTIONS } from './options.ts'

/** `hypernet market deposit` */
export const marketDeposit: Command = {
  name: 'market deposit',
  summary: 'Move tokens of yours into an account of the market',
  about: [
    'One transaction: the approval is signed and goes along (ERC-2612). Tokens in the market carry no votes.',
    KEY_NOTE,
  ],
  operands: [{ name: 'AMOUNT' }],
  options: {
    ...CHAIN_OPTIONS,
    for: {
      value: 'ADDRESS',
      says: 'the account, such as that of a buyer or a device (default: your own)',
    },
    ...SENDER_OPTIONS,
  },
  examples: [
    'hypernet market deposit 100.5 --key-file me.key',
    'hypernet market deposit 100 --for 0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
  ],
  async run(given, terminal) {
    const { addressOf, amountOf, hyper } = await import('./words.ts')
    const { tokensText } = await import('../../../agent/wire/tokens.ts')
    const { carryOutAct } = await import('./act.ts')
    const { depositing } = await import('../../io/chain/moves.ts')
    const amount = amountOf(given.operands[0] ?? '', 'AMOUNT')
    const text = given.text('for')
    const named = text === undefined ? undefined : addressOf(text, '--for')
    return carryOutAct(given, terminal, async ({ client, deployment }, wallet) => {
      const account = named ?? wallet.address
      return {
        sending: await depositing(client, deployment, wallet, account, amount),
        done: () => ({
          says: `${hyper(amount)} of ${wallet.address} are in the account ${account}`,
          document: { account, from: wallet.address, amount: tokensText(amount) },
        }),
      }
    })
  },
}
