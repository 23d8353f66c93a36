import { demand, present } from './failure.ts'
import { type Address, commitmentText, signerOf } from './speech.ts'
import type { Job, Reveals } from './state.ts'

/** Whether signatures that are shown fit the list of sellers, and what was bound before. */

/** @throws Failure */
export function checkReveals(job: Job, reveals: Reveals): void {
  const { claims, claimOf, signatures, revealed } = reveals
  const { address, index, checkpoint, terms } = job
  const said = signatures.map((_, at) => present(claims[present(claimOf[at])]))
  const signers = signatures.map((signature, at) =>
    signerOf(signature, { type: 'Checkpoint', job: address, index, claim: present(said[at]) }),
  )
  checkOwn(job, reveals)
  const lists = { absent: [...reveals.absent], withheld: [...reveals.withheld] }
  const replaced = [...reveals.replaced]
  const sellers: string[] = []
  const bound: string[] = []
  let shown = 0
  for (let place = 0; place < terms.sellers; place++) {
    const isShown = revealed.includes(place)
    const commitment = isShown ? signatures[shown] : next(lists.withheld)
    sellers.push(isShown ? present(signers[shown]) : present(lists.absent.shift()))
    bound.push(commitmentText(checkpoint.own.has(place) ? next(replaced) : commitment))
    if (isShown) shown++
  }
  demand(same(sellers, job.sellers), 'JobEscrowWrongSellers')
  const { anchor, own } = checkpoint
  const isListed = anchor && anchor !== 'other' && same(bound, anchor.map(commitmentText))
  demand(isListed || revealed.every((place) => own.has(place)), 'JobEscrowWrongAnchor')
  checkGroups(job, reveals)
}

/** The next of a list, whose entries may be nothing. @throws Failure at its end */
function next<T>(list: T[]): T {
  demand(list.length > 0, 'Panic')
  return list.shift() as T // the list has one
}

const same = (a: readonly string[], b: readonly (string | Address)[]): boolean =>
  a.length === b.length && a.every((each, at) => each === b[at])

/** What a seller bound itself counts in place of the anchored list; without a list nothing else does. */
function checkOwn({ checkpoint }: Job, { revealed, signatures }: Reveals): void {
  const { own, anchor } = checkpoint
  for (const [shown, place] of revealed.entries()) {
    // What is missing at the end is found missing later.
    if (shown === signatures.length && shown > 0) break
    const fits = own.has(place)
      ? commitmentText(own.get(place)) === commitmentText(present(signatures[shown]))
      : anchor !== undefined
    demand(fits, 'JobEscrowNotCommitted')
  }
}

/** A claim is of its signers' group. */
function checkGroups({ groups, terms }: Job, { claims, claimOf, revealed }: Reveals): void {
  // One claim of a job without replicas is looked at even where nobody signed it.
  const [only] = claims
  if (claims.length === 1 && terms.replicas === 1) demand(only?.group === 0, 'JobEscrowWrongGroup')
  for (const [shown, place] of revealed.entries()) {
    const claim = present(claims[present(claimOf[shown])])
    demand(claim.group === groups[place], 'JobEscrowWrongGroup')
  }
}
