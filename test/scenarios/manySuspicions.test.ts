import t from 'tap'
import { crashes } from '../../controller/sim/faults.ts'
import { drawGraph } from '../../controller/sim/graphs.ts'
import { streams } from '../../controller/sim/random.ts'
import { simulate } from '../../controller/sim/simulator.ts'
import { answersOf, averageOrder, stage, withoutAnswer } from './stage.ts'

t.test('suspicions that do not fit one message reach everybody all the same', (t) => {
  // Found by the swarm, seed 143, and by the soil job with 10 % crashes: the same statements were
  // sent each time, those beyond the size of a message never, and no two devices buried the same.
  const size = 70
  for (const seed of [3, 5, 7]) {
    const outcome = simulate(
      stage(size, {
        seed,
        order: { ...averageOrder, timeout: 12_000 },
        devices: Array.from({ length: size }, (_, i) => ({ name: `d${i}`, rows: [[i]] })),
        graph: drawGraph({ kind: 'geometric' }, size, streams(seed)('graph')),
        conditions: { loss: 0.3, duplicate: 0, delay: [0, 3] },
        faults: crashes(0.2, 5, size, streams(seed)('crash')),
      }),
    )
    t.strictSame(withoutAnswer(outcome), [])
    t.equal(answersOf(outcome), 1)
  }
  t.end()
})
