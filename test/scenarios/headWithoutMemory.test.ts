import t from 'tap'
import { simulate } from '../../controller/sim/simulator.ts'
import { answersOf, stage, withoutAnswer } from './stage.ts'

/**
 * A ring of one-way links is cut where device 3 ends. The head of the chain that remains, 4, started again
 * without its memory: it says that 3 is silent, but knows nothing of what 3 had stated before, and the
 * others hold that. Its word must count all the same, or all wait for those behind them.
 */
t.test('what a head without memory says of who is silent counts', async (t) => {
  const links = Array.from({ length: 7 }, (_, i) => ({ from: i, to: (i + 1) % 7, delivery: 0.9 }))
  for (const seed of [1, 2, 3, 4, 5]) {
    const outcome = simulate(
      stage(7, {
        graph: { size: 7, links },
        seed,
        faults: [
          { kind: 'restart', device: 3, at: 3, memory: 'lost' },
          { kind: 'crash', device: 3, at: 12, silently: true },
          { kind: 'restart', device: 4, at: 20, memory: 'lost' },
        ],
      }),
    )
    t.strictSame(
      withoutAnswer(outcome).filter((name) => name !== 'd4'),
      [],
      `seed ${seed}: all but the head, which hears nobody, end`,
    )
    t.equal(answersOf(outcome), 1)
  }
})
