import t from 'tap'
import { simulate } from '../../controller/sim/simulator.ts'
import { answersOf, stage, withoutAnswer } from './stage.ts'

t.test('a device that lost its state and starts once more still does not contribute again', (t) => {
  // Found by the swarm, seeds 52 and 892: the second start remembered neither that it had left nor
  // to read its sensors. Its readings have changed, so a second contribution is a contradiction.
  for (let seed = 1; seed <= 20; seed++) {
    const outcome = simulate(
      stage(5, {
        seed,
        conditions: { loss: 0.3, duplicate: 0, delay: [1, 4] },
        faults: [
          { kind: 'restart', device: 3, at: 3, memory: 'lost' },
          { kind: 'restart', device: 3, at: 4 + (seed % 8), memory: 'kept' },
        ],
      }),
    )
    t.strictSame(withoutAnswer(outcome), [])
    t.equal(answersOf(outcome), 1)
    t.ok(outcome.rounds < 59, `${outcome.rounds} rounds: it did not wait for a reading`)
  }
  t.end()
})
