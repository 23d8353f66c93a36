import { HypernetError } from '../../../agent/wire/errors.ts'
import { usageError } from '../shell/arguments.ts'
import type { Command } from '../shell/command.ts'
import { CHAIN_OPTIONS, KEY_NOTE, SENDER_OPTIONS } from './options.ts'

/** `hypernet market propose` */
export const marketPropose: Command = {
  name: 'market propose',
  summary: 'Propose other rules for jobs to come, or a factory, to the holders of the currency',
  about: [
    'Fee, windows and stake delay are set together: what is not named is proposed as it is now. No vote can pass the bounds of the contracts: a fee of 1 %, windows of 10 s to 30 days, stakes held for 30 days. Jobs that were opened before keep their rules.',
    'Prints the id that vote, queue and execute take. Votes count only where they are delegated (hypernet market delegate), and tokens inside of the market carry none.',
    KEY_NOTE,
  ],
  operands: [],
  options: {
    title: { value: 'TEXT', says: 'what it is about, for those who vote' },
    'fee-bps': { value: 'N', says: 'fee in hundredths of a percent, 0 to 100' },
    'least-window': { value: 'S', says: 'shortest window of a job, seconds' },
    'most-window': { value: 'S', says: 'longest window of a job, seconds' },
    'stake-delay': { value: 'S', says: 'seconds that a stake stays after it was asked for' },
    factory: { value: 'ADDRESS', says: 'a factory that may open jobs from then on' },
    unlist: { says: 'take the factory off the list instead' },
    ...CHAIN_OPTIONS,
    ...SENDER_OPTIONS,
  },
  examples: [
    'hypernet market propose --fee-bps 25 --title Halve-the-fee --key-file me.key',
    'hypernet market propose --least-window 60 --most-window 86400 --title Windows',
  ],
  async run(given, terminal) {
    const { addressOf, timeText } = await import('./words.ts')
    const { carryOutAct } = await import('./act.ts')
    const { BOUNDS, factoryMeasure, proposing, rulesMeasure } = await import(
      '../../io/chain/motions.ts'
    )
    const { checkProposer } = await import('./votes.ts')
    const { findProposal } = await import('../../io/chain/ballot.ts')
    const seconds = (option: string, least: number, most: number) =>
      given.number(option, { least, most, whole: true })
    const { leastWindow, mostWindow } = BOUNDS
    const wish = {
      feeBps: given.number('fee-bps', { least: 0, most: BOUNDS.feeBps, whole: true }),
      leastWindow: seconds('least-window', leastWindow, mostWindow),
      mostWindow: seconds('most-window', leastWindow, mostWindow),
      stakeDelay: seconds('stake-delay', 0, BOUNDS.stakeDelay),
    }
    const text = given.text('factory')
    const factory = text === undefined ? undefined : addressOf(text, '--factory')
    const title = given.text('title')
    const hasRules = Object.values(wish).some((each) => each !== undefined)
    if (title === undefined || /#proposer=/i.test(title))
      throw usageError(marketPropose, '--title TEXT is missing, or names a proposer itself.')
    if (!hasRules && factory === undefined)
      throw usageError(
        marketPropose,
        'nothing is proposed: give --fee-bps, --least-window, --most-window, --stake-delay or --factory.',
      )
    if (given.flag('unlist') && factory === undefined)
      throw new HypernetError('BAD_USAGE', '--unlist takes a factory off: name it by --factory.')
    return carryOutAct(given, terminal, async ({ client, deployment }, wallet) => {
      await checkProposer(client, deployment, wallet.address)
      const measures = [
        ...(hasRules ? [await rulesMeasure(client, deployment, wish)] : []),
        ...(factory
          ? [await factoryMeasure(client, deployment, factory, !given.flag('unlist'))]
          : []),
      ]
      const { address } = wallet
      const { id, sending } = await proposing(client, deployment, address, measures, title)
      return {
        sending,
        async done() {
          const { voteStart, voteEnd } = await findProposal(client, deployment, id)
          const [from, to] = [timeText(voteStart), timeText(voteEnd)]
          return {
            says: `proposal ${id}\nvotes are taken from ${from} to ${to}: hypernet market vote ${id} for`,
            document: { id: String(id), voteStart: from, voteEnd: to, proposer: address },
          }
        },
      }
    })
  },
}
