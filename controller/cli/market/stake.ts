import type { Command } from '../shell/command.ts'
import { CHAIN_OPTIONS, KEY_NOTE, SENDER_OPTIONS } from './options.ts'

/** `hypernet market stake` */
export const marketStake: Command = {
  name: 'market stake',
  summary: 'Put free tokens of your account behind another account, as its collateral',
  about: [
    'A stake is slashed after the own collateral of the account when that cheats, and pays nothing by itself: stake on devices of your own, or agree on a share outside. It is free again some time after it was asked for (hypernet market unstake).',
    KEY_NOTE,
  ],
  operands: [{ name: 'ACCOUNT' }, { name: 'AMOUNT' }],
  options: { ...CHAIN_OPTIONS, ...SENDER_OPTIONS },
  examples: [
    'hypernet market stake 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 25 --key-file me.key',
  ],
  async run(given, terminal) {
    const { addressOf, amountOf, hyper } = await import('./words.ts')
    const { tokensText } = await import('../../../agent/wire/tokens.ts')
    const { carryOutAct } = await import('./act.ts')
    const { staking } = await import('../../io/chain/moves.ts')
    const [first = '', second = ''] = given.operands
    const account = addressOf(first, 'ACCOUNT')
    const amount = amountOf(second, 'AMOUNT')
    return carryOutAct(given, terminal, async ({ deployment }, wallet) => ({
      sending: staking(deployment, account, amount),
      done: () => ({
        says: `${hyper(amount)} of ${wallet.address} stand behind ${account}`,
        document: { account, owner: wallet.address, amount: tokensText(amount) },
      }),
    }))
  },
}
