import type { JobCall } from '../rules/calls.ts'
import type { Job } from '../rules/state.ts'
import type { Scene, Step } from './scene.ts'
import { STRANGER } from './world.ts'

/**
 * How a stranger ends what everybody else has left, once all deadlines are over: nobody's money may depend on
 * anybody's coming back. @returns nothing where all jobs are closed
 */
export function finalStep({ market, clock }: Scene): Step | undefined {
  const job = [...market.jobs.values()].find(({ phase }) => phase !== 'Closed')
  if (!job) return undefined
  const time = Math.max(clock.time + 1, deadlineOf(job) + 1)
  return { call: endOf(job), at: { time, block: clock.block + 1, sender: STRANGER } }
}

function endOf({ address, phase, index, sellers, history }: Job): JobCall {
  if (phase === 'Running') return { op: 'close', job: address, index }
  if (phase === 'Settling') return { op: 'settle', job: address, sellers, history }
  return { op: 'expire', job: address, sellers }
}

function deadlineOf({ phase, terms, commitBy }: Job): number {
  if (phase === 'Open') return terms.joinBy
  return phase === 'Running' ? commitBy + terms.window : commitBy
}
