import { printable } from '../../../agent/wire/printable.ts'
import { tokensText } from '../../../agent/wire/tokens.ts'
import type { Proposal } from '../../io/chain/ballot.ts'
import type { Deployment } from '../../io/chain/deployment.ts'
import { measuresOf } from '../../io/chain/motions.ts'
import { factLines } from '../show/result.ts'
import { timeText } from './words.ts'

/** A proposal as JSON; votes as decimal text. */
export const proposalDocument = (proposal: Proposal, deployment: Deployment) => ({
  id: String(proposal.id),
  state: proposal.state,
  title: titleOf(proposal),
  proposer: proposal.proposer,
  measures: measuresOf(proposal, deployment),
  voteStart: timeText(proposal.voteStart),
  voteEnd: timeText(proposal.voteEnd),
  executableAt: proposal.executableAt === 0n ? null : timeText(proposal.executableAt),
  votes: {
    for: tokensText(proposal.votes.for),
    against: tokensText(proposal.votes.against),
    abstain: tokensText(proposal.votes.abstain),
  },
})

/** The same for people. */
export function proposalText(proposal: Proposal, deployment: Deployment): string {
  const { id, state, title, proposer, measures, voteStart, voteEnd, executableAt, votes } =
    proposalDocument(proposal, deployment)
  return factLines([
    ['proposal', id],
    [
      'state',
      executableAt === null || state !== 'queued'
        ? state
        : `${state}, executable from ${executableAt}`,
    ],
    ['title', title],
    ['by', proposer],
    ...measures.map((measure): [string, string] => ['does', measure]),
    ['vote', `${voteStart} to ${voteEnd}`],
    ['votes', `${votes.for} for, ${votes.against} against, ${votes.abstain} abstain`],
  ])
}

/** Without the mark that binds it to its proposer; strangers write titles. */
const titleOf = ({ description }: Proposal): string =>
  printable(description.replace(/#proposer=0x[0-9a-f]{40}$/i, ''))
