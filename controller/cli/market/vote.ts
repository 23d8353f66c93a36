import type { Command } from '../shell/command.ts'
import { CHAIN_OPTIONS, KEY_NOTE, SENDER_OPTIONS } from './options.ts'

/** `hypernet market vote` */
export const marketVote: Command = {
  name: 'market vote',
  summary: 'Vote on a proposal with all votes that were delegated to you',
  about: [
    'What counts is what was delegated when the vote began, a day after the proposal: delegate before that (hypernet market delegate), and withdraw from the market first, since tokens in it carry no votes. A vote cannot be changed.',
    KEY_NOTE,
  ],
  operands: [{ name: 'ID' }, { name: 'CHOICE', choices: ['for', 'against', 'abstain'] }],
  options: { ...CHAIN_OPTIONS, ...SENDER_OPTIONS },
  examples: ['hypernet market vote 1234567890 for --key-file me.key'],
  async run(given, terminal) {
    const { carryOutAct } = await import('./act.ts')
    const { checkVoter, proposalId } = await import('./votes.ts')
    const { CHOICES, voting } = await import('../../io/chain/motions.ts')
    const { findProposal } = await import('../../io/chain/ballot.ts')
    const { tokensText } = await import('../../../agent/wire/tokens.ts')
    const [text = '', word] = given.operands
    const id = proposalId(text)
    const choice = word as keyof typeof CHOICES // one of the operand's choices
    return carryOutAct(given, terminal, async ({ client, deployment }, { address }) => {
      const proposal = await findProposal(client, deployment, id)
      const votes = tokensText(await checkVoter(client, deployment, address, proposal))
      return {
        sending: voting(deployment, id, CHOICES[choice]),
        done: () => ({
          says: `${votes} votes ${choice === 'abstain' ? 'to abstain' : choice}`,
          document: { id: String(id), choice, votes },
        }),
      }
    })
  },
}
