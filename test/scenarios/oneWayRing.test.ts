import t from 'tap'
import { simulate } from '../../controller/sim/simulator.ts'
import { answersOf, stage, withoutAnswer } from './stage.ts'

const oneWay = (size: number) => ({
  size,
  links: Array.from({ length: size }, (_, i) => ({ from: i, to: (i + 1) % size, delivery: 1 })),
})

t.test('on a one-way ring that loses a device the others follow the first behind the gap', (t) => {
  // Found by the swarm, seeds 82 and 209: a final device fell silent towards those who cannot answer, and
  // sent them nothing once they were behind the gap.
  for (let at = 1; at <= 16; at += 3) {
    const outcome = simulate(
      stage(7, {
        seed: at,
        graph: oneWay(7),
        conditions: { loss: 0.3, duplicate: 0, delay: [0, 0] },
        faults: [{ kind: 'crash', device: 2, at }],
      }),
    )
    t.strictSame(withoutAnswer(outcome), [], `lost in round ${at}`)
    t.equal(answersOf(outcome), 1)
  }
  t.end()
})
