import type { Command } from '../shell/command.ts'
import { CHAIN_OPTIONS, KEY_NOTE, SENDER_OPTIONS } from './options.ts'

/** `hypernet market register` */
export const marketRegister: Command = {
  name: 'market register',
  summary: 'Bind the money of an account to one address',
  about: [
    'From then on tokens of the account go to PAYOUT only, so that a stolen device key cannot take them. The first time the account itself says so; later only the address that holds now can name another (--account names the account then). Make sure that somebody has the key of PAYOUT.',
    KEY_NOTE,
  ],
  operands: [{ name: 'PAYOUT' }],
  options: {
    ...CHAIN_OPTIONS,
    account: { value: 'ADDRESS', says: 'an account that pays out to you (default: your own)' },
    ...SENDER_OPTIONS,
  },
  examples: [
    'hypernet market register 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --key-file device.key',
  ],
  async run(given, terminal) {
    const { addressOf } = await import('./words.ts')
    const { carryOutAct } = await import('./act.ts')
    const { registering } = await import('../../io/chain/moves.ts')
    const payout = addressOf(given.operands[0] ?? '', 'PAYOUT')
    const text = given.text('account')
    const named = text === undefined ? undefined : addressOf(text, '--account')
    return carryOutAct(given, terminal, async ({ client, deployment }, wallet) => {
      const account = named ?? wallet.address
      return {
        sending: await registering(client, deployment, wallet, account, payout),
        done: () => ({
          says: `the account ${account} pays out to ${payout} only`,
          document: { account, payout },
        }),
      }
    })
  },
}
