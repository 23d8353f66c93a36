import type { Job } from '../rules/state.ts'
import * as checkpoint from './checkpointMoves.ts'
import * as join from './joinMoves.ts'
import type { JobMove, Scene } from './scene.ts'
import { SELLERS } from './world.ts'

/** Which call comes next for a job. */

const { fill, raise, cancel, start, expire, isFit } = join
const { anchor, commit, attest, accept, close, stop, payout, settle, equivocate } = checkpoint

/** Everything that a job can be sent, whatever its phase. */
export const MAKERS: readonly JobMove[] = [
  fill,
  raise,
  cancel,
  stop,
  start,
  expire,
  anchor,
  commit,
  attest,
  accept,
  close,
  payout,
  settle,
  equivocate,
]

/** What makes sense in the phase that a job is in, by weight; calls that are refused in between. */
export function sensible(scene: Scene, job: Job): JobMove {
  const { dice, clock } = scene
  const late = clock.time > job.commitBy
  const showing = job.checkpoint.tally ? 4 : 8
  const gone = clock.time > job.commitBy + job.terms.window
  switch (job.phase) {
    case 'Open': {
      const isHopeless = !SELLERS.some((seller) => isFit(scene, job, seller))
      return dice.weighted<JobMove>([
        [isHopeless ? 0.5 : 10, fill],
        [1, raise],
        [job.sellers.length === 0 ? 0.8 : 0.3, cancel],
        [clock.time > job.terms.joinBy ? 8 : 0.4, expire],
        [0.3, equivocate],
      ])
    }
    case 'Filled':
      return dice.weighted<JobMove>([
        [8, start],
        [1, expire],
        [0.4, equivocate],
      ])
    case 'Settling':
      return dice.weighted<JobMove>([
        [10, settle],
        [0.6, equivocate],
      ])
    case 'Closed':
      return dice.pick(MAKERS)
    case 'Running':
      return dice.weighted<JobMove>([
        [job.checkpoint.anchor === undefined && !late ? 9 : 0.3, anchor],
        [late ? 0.3 : 2.5, commit],
        [!gone && (late || job.checkpoint.anchor) ? showing : 0.4, attest],
        [gone ? 10 : late ? 3 : 1.2, close],
        [0.8, accept],
        [0.6, stop],
        [job.index - job.unpaid >= job.terms.payEvery ? 5 : 0.3, payout],
        [0.6, equivocate],
      ])
  }
}
