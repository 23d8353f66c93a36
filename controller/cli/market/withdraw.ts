import type { Command } from '../shell/command.ts'
import { CHAIN_OPTIONS, KEY_NOTE, SENDER_OPTIONS } from './options.ts'

/** `hypernet market withdraw` */
export const marketWithdraw: Command = {
  name: 'market withdraw',
  summary: 'Move free tokens out of an account of the market',
  about: [
    'They go to the payout address where one is registered, else to --to or to yourself. A payout address may withdraw for a device: --account names it.',
    KEY_NOTE,
  ],
  operands: [{ name: 'AMOUNT' }],
  options: {
    ...CHAIN_OPTIONS,
    to: { value: 'ADDRESS', says: 'where they go (default: the payout address, or yourself)' },
    account: { value: 'ADDRESS', says: 'an account that pays out to you (default: your own)' },
    ...SENDER_OPTIONS,
  },
  examples: ['hypernet market withdraw 12.5 --key-file me.key'],
  async run(given, terminal) {
    const { addressOf, amountOf, hyper } = await import('./words.ts')
    const { tokensText } = await import('../../../agent/wire/tokens.ts')
    const { carryOutAct } = await import('./act.ts')
    const { payoutOf, withdrawing } = await import('../../io/chain/moves.ts')
    const { HypernetError } = await import('../../../agent/wire/errors.ts')
    const amount = amountOf(given.operands[0] ?? '', 'AMOUNT')
    const [to, owner] = ['to', 'account'].map((option) => {
      const text = given.text(option)
      return text === undefined ? undefined : addressOf(text, `--${option}`)
    })
    return carryOutAct(given, terminal, async ({ client, deployment }, wallet) => {
      const account = owner ?? wallet.address
      const payout = await payoutOf(client, deployment, account)
      if (account !== wallet.address && wallet.address !== payout)
        throw new HypernetError(
          'CHAIN_REFUSED',
          `the account ${account} pays out to ${payout ?? 'whom it likes'}, found the key of ${wallet.address}; use the key of one of them. Nothing was sent`,
        )
      const target = to ?? payout ?? wallet.address
      return {
        sending: withdrawing(deployment, account, target, amount),
        done: () => ({
          says: `${hyper(amount)} of the account ${account} went to ${target}`,
          document: { account, to: target, amount: tokensText(amount) },
        }),
      }
    })
  },
}
