import t from 'tap'
import { neighborsOf } from '../../../agent/consensus/overlay.ts'
import { fleetId, jobId } from '../../../agent/wire/ids.ts'
import { FusionJob } from '../../../agent/wire/job.ts'
import { checkValue } from '../../../agent/wire/problems.ts'
import { compileJob } from '../../../controller/core/compile.ts'
import { enrol } from '../../../controller/sim/enrolment.ts'
import type { Graph } from '../../../controller/sim/graph.ts'
import type { Scenario } from '../../../controller/sim/scenario.ts'

const checked = checkValue(FusionJob, {
  apiVersion: 'hypernet.dev/v1',
  kind: 'FusionJob',
  metadata: { name: 'soil' },
  spec: { model: { type: 'sum', response: 'zinc' } },
})
if (!('value' in checked)) throw new Error(JSON.stringify(checked.problems))
const order = compileJob(checked.value, {
  job: jobId('soil'),
  fleet: fleetId('lab'),
  generation: 1,
})

const ring = (size: number): Graph => ({
  size,
  links: Array.from({ length: size }, (_, i) => ({ from: i, to: (i + 1) % size, delivery: 0.5 })),
})
const scenario = (size: number, fields: Partial<Scenario>): Scenario => ({
  order,
  devices: Array.from({ length: size }, (_, i) => ({ name: `d-${i}`, rows: [] })),
  columns: [],
  conditions: { loss: 0, duplicate: 0, delay: [0, 0] },
  faults: [],
  seed: 4,
  maxRounds: 10,
  ...fields,
})

t.test('the overlay that the roster determines is the graph that messages take', async (t) => {
  for (const fields of [{}, { graph: ring(20) }, { graph: ring(20), longLinks: 2 }]) {
    const { roster, graph } = enrol(scenario(20, fields))
    const links = neighborsOf(roster).flatMap((hears, to) => hears.map((from) => `${from}>${to}`))
    t.strictSame(graph.links.map(({ from, to }) => `${from}>${to}`).sort(), links.sort())
  }
})

t.test('given links keep their delivery, long ones beside them are certain', async (t) => {
  const { roster, graph } = enrol(scenario(20, { graph: ring(20), longLinks: 1 }))
  t.match(roster, { longLinks: 1, degree: undefined })
  const isGiven = ({ from, to }: { from: number; to: number }) => to === (from + 1) % 20
  t.equal(graph.links.filter((link) => isGiven(link) && link.delivery === 0.5).length, 20)
  t.ok(graph.links.length > 20)
  t.ok(graph.links.every((link) => link.delivery === (isGiven(link) ? 0.5 : 1)))
})

t.test('without long links a roster of a given graph has no seed', async (t) => {
  const { roster, graph } = enrol(scenario(20, { graph: ring(20), longLinks: 0 }))
  t.strictSame([roster.seed, roster.longLinks, roster.degree], [undefined, undefined, undefined])
  t.strictSame(graph, ring(20))
})
