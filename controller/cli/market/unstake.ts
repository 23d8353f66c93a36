import type { Command } from '../shell/command.ts'
import { CHAIN_OPTIONS, KEY_NOTE, SENDER_OPTIONS } from './options.ts'

/** `hypernet market unstake` */
export const marketUnstake: Command = {
  name: 'market unstake',
  summary: 'Ask for a stake, and take it back when its time has come',
  about: [
    'Asks first; the stake can still be slashed until it has left. After the delay of the market (hypernet chain status), and once no job holds it, --finish moves all of it to your free tokens.',
    KEY_NOTE,
  ],
  operands: [{ name: 'ACCOUNT' }],
  options: {
    ...CHAIN_OPTIONS,
    finish: { says: 'take back what was asked for' },
    ...SENDER_OPTIONS,
  },
  examples: [
    'hypernet market unstake 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --key-file me.key',
    'hypernet market unstake 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --finish',
  ],
  async run(given, terminal) {
    const { addressOf, hyper, timeText } = await import('./words.ts')
    const { tokensText } = await import('../../../agent/wire/tokens.ts')
    const { carryOutAct } = await import('./act.ts')
    const { stakeOf, unstaking } = await import('../../io/chain/moves.ts')
    const account = addressOf(given.operands[0] ?? '', 'ACCOUNT')
    const finish = given.flag('finish')
    return carryOutAct(given, terminal, async ({ client, deployment }, { address }) => {
      const { amount } = await stakeOf(client, deployment, account, address)
      const facts = { account, owner: address, amount: tokensText(amount) }
      return {
        sending: unstaking(deployment, account, finish ? 'unstake' : 'requestUnstake'),
        async done() {
          if (finish)
            return { says: `${hyper(amount)} are free tokens of ${address} again`, document: facts }
          const { leavesAt = 0n } = await stakeOf(client, deployment, account, address)
          const from = timeText(leavesAt)
          return {
            says: `${hyper(amount)} behind ${account} may leave from ${from} on: add --finish then`,
            document: { ...facts, leavesAt: from },
          }
        },
      }
    })
  },
}
