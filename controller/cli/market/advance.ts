import { findProposal } from '../../io/chain/ballot.ts'
import { advancing } from '../../io/chain/motions.ts'
import type { Given } from '../shell/arguments.ts'
import type { Terminal } from '../shell/terminal.ts'
import { carryOutAct } from './act.ts'
import { checkReady, proposalId } from './votes.ts'
import { timeText } from './words.ts'

/** Takes a proposal one step on. @returns the exit code @throws HypernetError */
export function advance(
  step: 'queue' | 'execute',
  given: Given,
  terminal: Terminal,
): Promise<number> {
  const id = proposalId(given.operands[0] ?? '')
  return carryOutAct(given, terminal, async ({ client, deployment }) => {
    const proposal = await findProposal(client, deployment, id)
    await checkReady(client, proposal, step)
    return {
      sending: advancing(deployment, proposal, step),
      async done() {
        const facts = { id: String(id) }
        if (step === 'execute')
          return { says: 'done as it was voted', document: { ...facts, state: 'executed' } }
        const { executableAt } = await findProposal(client, deployment, id)
        const from = timeText(executableAt)
        return {
          says: `queued; it can be executed from ${from} on: hypernet market execute ${id}`,
          document: { ...facts, state: 'queued', executableAt: from },
        }
      },
    }
  })
}
