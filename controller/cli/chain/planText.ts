import { formatEther } from 'viem'
import type { MarketPlan } from '../../io/chain/deploy.ts'
import type { DeployPlan } from '../../io/chain/deployer.ts'
import type { Deployment } from '../../io/chain/deployment.ts'
import { gweiText } from '../../io/chain/fees.ts'
import { hyper, percentText, secondsText } from '../market/words.ts'
import { factLines } from '../show/result.ts'
import { table } from '../show/table.ts'

/** What a deployment is going to do and to cost, and who decides what afterwards. */
export function planText(
  { sender, steps, gas, fees }: DeployPlan,
  rules: MarketPlan,
  { chainId, url, coins }: { chainId: number; url: string; coins: string },
): string {
  const rows = steps.map((step, i) => [
    String(i + 1),
    step.name,
    String(step.gas),
    step.isDone ? 'done before' : 'to do',
  ])
  return [
    factLines([
      ['chain', `${chainId} at ${url}`],
      ['account', `${sender}, ${coins} coins`],
      ['fee of now', `at most ${gweiText(fees.most)} a unit of gas`],
    ]),
    table(
      [
        { head: '', align: 'right' },
        { head: 'transaction' },
        { head: 'gas', align: 'right' },
        { head: 'state' },
      ],
      rows,
    ),
    `In all about ${gas} gas, at most ${formatEther(gas * fees.most)} coins.\n`,
    rulesText(rules),
  ].join('\n')
}

/** What is decided now, and what votes can change later. */
function rulesText(rules: MarketPlan): string {
  const { feeBps, leastWindow, mostWindow, stakeDelay } = rules
  return `The supply of 100000000 HYPER goes to the account above. No contract can be changed, stopped or
emptied afterwards, by the account neither. Votes of the holders may set, for jobs opened later:
  the fee             ${percentText(feeBps)} of what sellers are paid now; at most 1 %
  a job's window      ${secondsText(leastWindow)} to ${secondsText(mostWindow)} now; 10 s to 30 d at most
  a stake's delay     ${secondsText(stakeDelay)} now; at most 30 d
  factories           the list of those that may open jobs
They also spend the treasury (fees and slashed collateral). A proposal needs ${hyper(rules.proposalThreshold)},
is voted on after ${secondsText(rules.votingDelay)} for ${secondsText(rules.votingPeriod)}, needs 4 % of the supply, and waits ${secondsText(rules.timelockDelay)} more.
`
}

/** The addresses of a market. */
export const standingText = (deployment: Deployment): string =>
  factLines(Object.entries(deployment).map(([name, value]) => [NAMES[name] ?? name, String(value)]))

const NAMES: Readonly<Record<string, string>> = {
  chainId: 'chain id',
  escrow: 'code of jobs',
  timelock: 'treasury (timelock)',
}
