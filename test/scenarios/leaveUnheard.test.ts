import t from 'tap'
import { simulate } from '../../controller/sim/simulator.ts'
import { answersOf, stage, withoutAnswer } from './stage.ts'

t.test('a device that left says so again in its next life, if nobody heard it', (t) => {
  // Found by the swarm, seed 260: its leave was lost with the broker, its next life kept silent about it
  // but alive, and all the others waited for it.
  const outcome = simulate(
    stage(5, {
      conditions: { loss: 0, duplicate: 0, delay: [4, 4] },
      faults: [
        { kind: 'restart', device: 3, at: 3, memory: 'lost' },
        { kind: 'brokerCrash', at: 4, until: 10 },
        { kind: 'restart', device: 3, at: 5, memory: 'kept' },
      ],
    }),
  )
  t.strictSame(withoutAnswer(outcome), [])
  t.equal(answersOf(outcome), 1)
  t.ok(outcome.rounds < 100, `${outcome.rounds} rounds`)
  t.end()
})
