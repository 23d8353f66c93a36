import t from 'tap'
import { simulate } from '../../controller/sim/simulator.ts'
import { answersOf, stage, withoutAnswer } from './stage.ts'

t.test('a device without its broker blames nobody: all wait, and agree when it is back', (t) => {
  // Found by the swarm, seed 132: each device became final alone while the broker was away.
  for (const size of [2, 8, 20]) {
    const outcome = simulate(stage(size, { faults: [{ kind: 'brokerCrash', at: 1, until: 60 }] }))
    t.strictSame(withoutAnswer(outcome), [])
    t.equal(answersOf(outcome), 1)
    t.equal(outcome.devices[0]?.answer?.rows, size, 'nobody is missing')
  }
  t.end()
})
