import { brokerMosquitto } from './brokerMosquitto.ts'
import { chainDeploy } from './chain/deploy.ts'
import { chainDev } from './chain/dev.ts'
import { chainStatus } from './chain/status.ts'
import { completionOf } from './completion.ts'
import { demo } from './demo.ts'
import { deviceAdd } from './device/add.ts'
import { doctor } from './doctor.ts'
import { fleetGet } from './fleet/get.ts'
import { fleetLs } from './fleet/ls.ts'
import { fleetRevoke } from './fleet/revoke.ts'
import { fleetWatch } from './fleet/watch.ts'
import { init } from './init.ts'
import { jobCancel } from './job/cancel.ts'
import { jobCheck } from './job/check.ts'
import { jobFromHa } from './job/fromHa.ts'
import { jobGet } from './job/get.ts'
import { jobLs } from './job/ls.ts'
import { jobResult } from './job/result.ts'
import { jobSubmit } from './job/submit.ts'
import { jobWatch } from './job/watch.ts'
import { marketBalance } from './market/balance.ts'
import { marketDelegate } from './market/delegate.ts'
import { marketDeposit } from './market/deposit.ts'
import { marketExecute } from './market/execute.ts'
import { marketOrders } from './market/orders.ts'
import { marketProposals } from './market/proposals.ts'
import { marketPropose } from './market/propose.ts'
import { marketQueue } from './market/queue.ts'
import { marketRaise } from './market/raise.ts'
import { marketRegister } from './market/register.ts'
import { marketRelay } from './market/relay.ts'
import { marketReputation } from './market/reputation.ts'
import { marketStake } from './market/stake.ts'
import { marketUnstake } from './market/unstake.ts'
import { marketVote } from './market/vote.ts'
import { marketWithdraw } from './market/withdraw.ts'
import type { Command } from './shell/command.ts'
import { simulate } from './simulate.ts'
import { up } from './up.ts'
import { version } from './version.ts'

/** Every command, in the order of the help page. A command loads what is heavy only when it runs. */
export const COMMANDS: readonly Command[] = [
  demo,
  init,
  up,
  jobCheck,
  jobFromHa,
  jobSubmit,
  jobLs,
  jobGet,
  jobWatch,
  jobCancel,
  jobResult,
  simulate,
  fleetLs,
  fleetGet,
  fleetWatch,
  fleetRevoke,
  deviceAdd,
  brokerMosquitto,
  marketOrders,
  marketRaise,
  marketBalance,
  marketRelay,
  marketDeposit,
  marketWithdraw,
  marketRegister,
  marketStake,
  marketUnstake,
  marketReputation,
  marketDelegate,
  marketPropose,
  marketProposals,
  marketVote,
  marketQueue,
  marketExecute,
  chainDev,
  chainDeploy,
  chainStatus,
  doctor,
  completionOf(() => COMMANDS),
  version,
]

/** Commands of the design that are refused by name, since they are not built. */
export const LATER: readonly string[] = [
  'device flash',
  'device bundle',
  'device update',
  'fleet label',
  'fleet approve',
]
