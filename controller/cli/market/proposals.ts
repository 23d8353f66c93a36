import type { Command } from '../shell/command.ts'
import { EXIT } from '../shell/exit.ts'
import { CHAIN_OPTIONS } from './options.ts'

/** `hypernet market proposals` */
export const marketProposals: Command = {
  name: 'market proposals',
  summary: 'List what was proposed, what it would do, and how its vote stands',
  about: [],
  operands: [],
  options: CHAIN_OPTIONS,
  examples: ['hypernet market proposals'],
  async run(given, terminal) {
    const { withMarket } = await import('./place.ts')
    const { readProposals } = await import('../../io/chain/ballot.ts')
    const { proposalDocument, proposalText } = await import('./proposalText.ts')
    return withMarket(given, terminal, async ({ client, deployment }) => {
      const found = await readProposals(client, deployment)
      if (given.flag('json'))
        terminal.out(`${JSON.stringify(found.map((each) => proposalDocument(each, deployment)))}\n`)
      else
        terminal.out(
          found.map((each) => proposalText(each, deployment)).join('\n') || 'no proposals\n',
        )
      return EXIT.done
    })
  },
}
