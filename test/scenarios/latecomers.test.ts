import t from 'tap'
import { simulate } from '../../controller/sim/simulator.ts'
import { answersOf, stage, withoutAnswer } from './stage.ts'

t.test(
  'a device that comes late where half of the roster is gone ends with the answer there is',
  (t) => {
    // Found by a search of such draws, 6 of 400: it had an answer offered by less than half of the roster,
    // which it was to follow only if it was there before it could be missed.
    const gone = [1, 3, 5, 7, 9]
    for (let at = 5; at <= 95; at += 6) {
      const outcome = simulate(
        stage(12, {
          seed: at,
          conditions: { loss: 0.3, duplicate: 0, delay: [0, 3] },
          faults: [
            ...gone.map((device) => ({ kind: 'crash' as const, device, at: device % 4 })),
            { kind: 'join', device: 0, at },
            { kind: 'join', device: 6, at: at + 3 },
          ],
        }),
      )
      t.strictSame(withoutAnswer(outcome), [], `came in round ${at}`)
      t.equal(answersOf(outcome), 1)
    }
    t.end()
  },
)
