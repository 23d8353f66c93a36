import t from 'tap'
import type { Roster } from '../../../agent/wire/messages.ts'
import { Fleet, order, roster } from './fleet.ts'

const all = [0, 1, 2, 3, 4, 5, 6, 7]

/** Eight devices; those of `waiting` have no reading yet. */
function scene(
  method: 'flood' | 'tree' | 'ratio',
  waiting: readonly number[] = [],
  changes: Partial<Roster> = {},
) {
  const fleet = new Fleet(all.length)
  for (const i of all) if (!waiting.includes(i)) fleet.observe(i, 20 + i / 7)
  const job = order({ method })
  fleet.announce(job)
  fleet.announce(roster(all.length, job, changes))
  return fleet
}
const fleetOf = (fleet: Fleet, i: number) => fleet.progress(i).at(-1)?.fleet

for (const method of ['flood', 'ratio'] as const)
  t.test(`any one device tells how far all are, by ${method}`, async (t) => {
    const fleet = scene(method, [3, 6])
    fleet.run(4000)
    for (const i of all)
      t.match(
        fleetOf(fleet, i),
        {
          contributed: 6,
          voted: 0,
          least: 'waiting',
          behind: 2,
          slowest: ['n3', 'n6'],
          mean: 0.25,
        },
        `device ${i}`,
      )
    fleet.observe(3, 21)
    fleet.observe(6, 22)
    fleet.run(60_000, () => all.every((i) => fleetOf(fleet, i)?.least === 'final'))
    for (const i of all)
      t.match(
        fleetOf(fleet, i),
        { contributed: 8, voted: 8, final: 8, behind: 0, slowest: [], mean: 1 },
        `device ${i}`,
      )
  })

t.test('in a tree whoever is above knows of those below', async (t) => {
  const fleet = scene('tree', [3])
  fleet.run(1500)
  t.equal(Math.max(...all.map((i) => fleetOf(fleet, i)?.contributed ?? 0)), 7)
  fleet.observe(3, 21)
  fleet.run(60_000, () => all.every((i) => fleetOf(fleet, i)?.least === 'final'))
  t.ok(all.every((i) => fleetOf(fleet, i)?.final === 8))
})

t.test('whoever is gone holds nobody up', async (t) => {
  const fleet = scene('flood')
  fleet.stopped.add(5)
  const rest = all.filter((i) => i !== 5)
  fleet.run(60_000, () => rest.every((i) => fleetOf(fleet, i)?.least === 'final'))
  for (const i of rest) t.match(fleetOf(fleet, i), { final: 7, behind: 0, mean: 1 })
})

t.test(
  'by ratio all tell by how many bits their sums still differ, which falls to 0',
  async (t) => {
    const ring = all.flatMap((i) => [i, (i + 1) % 8, (i + 1) % 8, i])
    const fleet = scene('ratio', [], { links: ring })
    fleet.run(60_000, () => all.every((i) => fleet.phase(i) === 'final'))
    for (const i of all) {
      const told = fleet.progress(i).flatMap(({ fleet: of }) => of?.bitsApart ?? [])
      t.ok((told[0] ?? 0) > 20, `${told[0]} bits at first`)
      t.strictSame(
        told,
        told.toSorted((a, b) => b - a),
        'never more than before',
      )
      t.equal(told.at(-1), 0)
    }
  },
)
