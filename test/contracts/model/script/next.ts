import { LOT_AFTER } from '../rules/joining.ts'
import type { Job } from '../rules/state.ts'
import { accountMove } from './accountMoves.ts'
import { MAKERS, sensible } from './jobMoves.ts'
import { order } from './orders.ts'
import { type Move, type Scene, type Step, somebody } from './scene.ts'

/** Jobs that are under way at once, at most. */
const MOST_JOBS = 3

/** The next step of a script; `before`: the last call that was sent. */
export function nextStep(scene: Scene, before: Move | undefined): Step {
  const { dice, market, clock } = scene
  const alive = [...market.jobs.values()].filter(({ phase }) => phase !== 'Closed')
  const waiting = alive.filter((job) => job.phase === 'Filled' && !isDealt(job, clock.block))
  if (waiting.length > 0 && dice.chance(0.4))
    return { mine: dice.chance(0.03) ? 300 : LOT_AFTER + 1 }
  const move = nextMove(scene, alive, before)
  const time = Math.max(clock.time + 1, move.time ?? clock.time + dice.between(1, 3))
  const sender = move.sender ?? somebody(scene)
  return { call: move.call, at: { time, block: clock.block + 1, sender } }
}

const isDealt = ({ fillBlock }: Job, block: number): boolean => block >= fillBlock + LOT_AFTER

function nextMove(scene: Scene, alive: readonly Job[], before: Move | undefined): Move {
  const { dice, market } = scene
  if (alive.length === 0 || (alive.length < MOST_JOBS && dice.chance(0.1)))
    return dice.chance(0.85) ? order(scene) : accountMove(scene)
  if (before && dice.chance(0.03)) return before
  if (dice.chance(0.18)) return accountMove(scene)
  if (dice.chance(0.09)) return dice.pick(MAKERS)(scene, dice.pick([...market.jobs.values()]))
  const job = dice.chance(0.75) ? mostUrgent(alive) : dice.pick(alive)
  return sensible(scene, job)(scene, job)
}

/** The job whose time comes first, so that others are late less often. */
function mostUrgent(alive: readonly Job[]): Job {
  const dueOf = ({ phase, commitBy }: Job) => (phase === 'Running' ? commitBy : 0)
  const [first] = alive.toSorted((a, b) => dueOf(a) - dueOf(b))
  if (!first) throw new Error('no job is alive')
  return first
}
