import { type Claim, textOf } from './speech.ts'
import type { Verdict } from './state.ts'

/** Who is right at a checkpoint. */

const answerOf = ({ roster, result }: Claim): string => textOf([roster, result])

/** What more than half of `all` said; undefined: there is no such thing. */
function majority(said: readonly string[], all: number): string | undefined {
  const counts = new Map<string, number>()
  for (const each of said) counts.set(each, (counts.get(each) ?? 0) + 1)
  return [...counts].find(([, count]) => 2 * count > all)?.[0]
}

/**
 * Compares the claims of the sellers that showed theirs.
 * @param votes claim of each place that showed one
 */
export function tally(
  votes: ReadonlyMap<number, Claim>,
  { sellers, replicas }: { sellers: number; replicas: number },
): Verdict {
  const verdict: Verdict = { ok: [], bad: [] }
  const claims = [...votes.values()]
  const answer = majority(claims.map(answerOf), sellers)
  const roster = claims.find((claim) => answerOf(claim) === answer)?.roster
  if (answer === undefined) return verdict
  const shareOf = (group: number) =>
    majority(
      claims.filter((claim) => claim.group === group).map(({ share }) => share),
      replicas,
    )
  for (const [place, claim] of votes) {
    // Who saw another roster was cut off or late, which is no fault.
    if (claim.roster !== roster) continue
    const share = shareOf(claim.group)
    if (answerOf(claim) !== answer) verdict.bad.push(place)
    else if (replicas === 1 || (share === claim.share && share !== '')) verdict.ok.push(place)
    else if (share !== undefined && share !== '') verdict.bad.push(place)
  }
  return verdict
}
