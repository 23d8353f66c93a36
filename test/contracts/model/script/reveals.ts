import { type Claim, commitmentText, type Signature, textOf } from '../rules/speech.ts'
import type { Job, Reveals } from '../rules/state.ts'
import type { Dice } from './dice.ts'
import type { Scene } from './scene.ts'

/** Signatures of a checkpoint as somebody would collect them. */
export function collect(scene: Scene, job: Job): Reveals {
  const { dice } = scene
  const votes = scene.votesOf(job, job.index)
  const isBound = (vote: Signature | undefined, place: number): boolean => {
    const { own, anchor } = job.checkpoint
    const bound = own.has(place) ? own.get(place) : listed(job, place)
    const isThere = own.has(place) || anchor !== undefined
    return vote !== undefined && isThere && commitmentText(bound) === commitmentText(vote)
  }
  const before = (job.checkpoint.tally?.shown ?? []).flatMap(({ by }) => by)
  const part = dice.pick([1, 1, 1, 0.7, 0.3])
  const again = dice.pick([1, 0.5, 0])
  const careless = dice.chance(0.06)
  const places = [...votes.keys()].filter((place) => {
    if (votes[place] === undefined) return false
    // Whoever knows of other signatures shows some again, or none.
    if (before.includes(place)) return dice.chance(again)
    // Who bound itself to something else sometimes tries all the same.
    const tries = careless || (job.checkpoint.own.has(place) && dice.chance(0.3))
    return (tries || isBound(votes[place], place)) && dice.chance(part)
  })
  return revealsOf(dice, job, votes, places)
}

/** The anchored list's entry of a place. */
function listed({ checkpoint: { anchor } }: Job, place: number): Signature | undefined {
  return anchor === 'other' ? undefined : anchor?.[place]
}

/** The form of the contracts: the different claims, who signed which, what is known of all others. */
function revealsOf(
  dice: Dice,
  job: Job,
  votes: readonly (Signature | undefined)[],
  revealed: readonly number[],
): Reveals {
  const shown = revealed.flatMap((place) => votes[place] ?? [])
  const said = shown.flatMap(({ message }) => ('claim' in message ? message.claim : []))
  const different = [...new Map(said.map((claim) => [textOf(claim), claim])).values()]
  // Now and then a claim stands in the list twice, or without anybody who signed it.
  const again = said.length > 0 && dice.chance(0.1) ? [dice.pick(said)] : []
  const claims = dice.shuffled([...different, ...again, ...unsigned(dice, job)])
  const placesOf = (claim: Claim): number[] =>
    [...claims.keys()].filter((at) => textOf(claims[at]) === textOf(claim))
  const others = [...job.sellers.keys()].filter((place) => !revealed.includes(place))
  const own = [...job.checkpoint.own.keys()].sort((a, b) => a - b)
  return {
    claims,
    revealed,
    claimOf: said.map((claim) => dice.pick(placesOf(claim))),
    signatures: shown,
    absent: others.flatMap((place) => job.sellers[place] ?? []),
    withheld: others.map((place) => listed(job, place)),
    replaced: own.map((place) => listed(job, place)),
    earlier: earlierIn(dice, job),
  }
}

/** What was told last or, now and then, what was told before that. */
function earlierIn(dice: Dice, { checkpoint: { tally, told } }: Job): Reveals['earlier'] {
  if (!tally) return []
  return dice.chance(0.3) ? dice.pick([...told.values()]) : tally.shown
}

/** A claim that nobody signed; rarely of a group that is not there. */
function unsigned(dice: Dice, { number, index, terms }: Job): Claim[] {
  if (!dice.chance(0.04)) return []
  const tag = `${number}.${index}`
  const groups = terms.sellers / terms.replicas
  const group = terms.replicas === 1 ? 0 : dice.between(0, groups)
  return [{ group, roster: `all ${tag}`, share: '', result: `sum ${tag}` }]
}

/** The same with one thing wrong. */
export function spoil(dice: Dice, reveals: Reveals): Reveals {
  const { signatures, absent, claimOf, withheld, claims, revealed, replaced, earlier } = reveals
  const { length } = signatures
  if (earlier.length > 0 && dice.chance(0.3)) return { ...reveals, earlier: earlier.slice(1) }
  return dice.pick<Reveals>([
    { ...reveals, signatures: signatures.slice(1) },
    { ...reveals, signatures: dice.shuffled(signatures) },
    { ...reveals, signatures: [...signatures, ...signatures.slice(0, 1)] },
    { ...reveals, signatures: signatures.map((each, k) => (k ? each : { ...each, broken: true })) },
    { ...reveals, absent: absent.slice(1) },
    { ...reveals, absent: dice.shuffled(absent) },
    { ...reveals, withheld: withheld.slice(1) },
    { ...reveals, withheld: withheld.map(() => signatures[0]) },
    { ...reveals, replaced: replaced.slice(1) },
    { ...reveals, replaced: replaced.map(() => signatures[0]) },
    { ...reveals, claimOf: claimOf.slice(1) },
    { ...reveals, claimOf: claimOf.map(() => claims.length) },
    { ...reveals, claims: claims.map((claim) => ({ ...claim, result: 'something else' })) },
    { ...reveals, claims: claims.slice(1) },
    { ...reveals, revealed: [...revealed, dice.between(20, 200)] },
    { ...reveals, revealed: revealed.slice(1) },
    { ...reveals, earlier: earlier.slice(1) },
    { ...reveals, earlier: claims.map((claim) => ({ claim, by: revealed })) },
    { ...reveals, revealed: [], signatures: [], claimOf: [], claims: claims.slice(0, length % 2) },
  ])
}
