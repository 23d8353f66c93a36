import t from 'tap'
import { Dispute } from '../../../../controller/io/chain/dispute.ts'

/** Looks, counted from 1, at which another node is to be believed. */
const turnsIn = (dispute: Dispute, looks: number): number[] =>
  Array.from({ length: looks }, (_, at) => at + 1).filter(() => dispute.goesOn('they differ'))

t.test('nodes are turned between ever more rarely', (t) => {
  const turns = turnsIn(new Dispute(), 1200)
  t.strictSame(turns, [3, 9, 21, 45, 93, 189, 381, 637, 893, 1149])
  t.end()
})

t.test('a contradiction of a moment is no trouble', (t) => {
  const dispute = new Dispute()
  t.strictSame(turnsIn(dispute, 2), [])
  dispute.ended()
  t.strictSame(turnsIn(dispute, 2), [])
  t.equal(dispute.trouble, undefined)
  t.strictSame(turnsIn(dispute, 1), [1])
  t.equal(dispute.trouble, 'they differ')
  dispute.ended()
  t.equal(dispute.trouble, undefined)
  t.end()
})
