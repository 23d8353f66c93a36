import type { Claim, Signature } from '../rules/speech.ts'
import type { Job } from '../rules/state.ts'
import type { Dice } from './dice.ts'

/** How the devices of a job behave at one checkpoint. */
interface Manners {
  readonly lies: number
  readonly invents: number
  readonly isCutOff: number
  readonly isAway: number
}

const mannersOf = (dice: Dice): Manners => ({
  lies: dice.pick([0, 0, 0, 0.2, 0.5]),
  invents: dice.pick([0, 0.2, 0.5, 0.8]),
  isCutOff: dice.pick([0, 0, 0, 0.2, 0.5]),
  isAway: dice.pick([0, 0, 0, 0.2, 0.6]),
})

/** What each place signs for a checkpoint; undefined: its device is away. */
export function drawVotes(dice: Dice, job: Job, index: number): (Signature | undefined)[] {
  const manners = mannersOf(dice)
  return job.sellers.map((by, place) => {
    const claim = drawClaim(dice, job, index, place, manners)
    if (dice.chance(manners.isAway)) return undefined
    const broken = dice.chance(0.005) ? { broken: true } : {}
    return { by, message: { type: 'Checkpoint', job: job.address, index, claim }, ...broken }
  })
}

function drawClaim(
  dice: Dice,
  { number, groups, terms }: Job,
  index: number,
  place: number,
  { lies, invents, isCutOff }: Manners,
): Claim {
  const group = groups[place] ?? 0
  const tag = `${number}.${index}`
  // Some liars agree on what they say.
  const result = dice.chance(lies)
    ? dice.pick([`false ${tag}`, `false ${tag} ${place}`])
    : `sum ${tag}`
  const invented = dice.pick([`made up ${tag}`, `made up ${tag} ${place}`, ''])
  const share = dice.chance(invents) ? invented : `share ${tag} ${group}`
  return {
    group: dice.chance(0.01) ? group + 1 : group,
    roster: dice.chance(isCutOff) ? `island ${tag}` : `all ${tag}`,
    share: terms.replicas === 1 && dice.chance(0.98) ? '' : share,
    result,
  }
}
