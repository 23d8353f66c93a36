import t from 'tap'
import { drawGraph } from '../../controller/sim/graphs.ts'
import { streams } from '../../controller/sim/random.ts'
import { simulate } from '../../controller/sim/simulator.ts'
import { answersOf, stage, withoutAnswer } from './stage.ts'

t.test('devices that hear each other only through some that left learn who is ready', (t) => {
  // A corner of a grid between two devices that had lost their state was taken for gone with them. Found
  // by the swarm, seed 5, once it was not: they passed on its vote, but no lock, and nobody became final.
  for (let seed = 1; seed <= 8; seed++) {
    const outcome = simulate(
      stage(9, {
        seed,
        graph: drawGraph({ kind: 'grid' }, 9, streams(1)('graph')),
        conditions: { loss: 0.3, duplicate: 0, delay: [0, 1] },
        faults: [1, 3].map((device) => ({ kind: 'restart', device, at: 2 + seed, memory: 'lost' })),
      }),
    )
    t.strictSame(withoutAnswer(outcome), [])
    t.equal(answersOf(outcome), 1)
    t.ok(outcome.rounds < 150, `${outcome.rounds} rounds`)
  }
  t.end()
})
