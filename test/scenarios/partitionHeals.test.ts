import t from 'tap'
import { graphOf } from '../../controller/sim/graph.ts'
import { simulate } from '../../controller/sim/simulator.ts'
import { answersOf, stage, withoutAnswer } from './stage.ts'

t.test('a partition may heal at any moment of the vote of its sides', (t) => {
  // Found by the swarm, seed 60172: a device that was buried by most left, although it had been counted on
  // by its own side, and its side waited for the votes of those that had left in the same way.
  const sides = [0, 0, 0, 0, 1, 1, 1, 1, 1]
  for (let until = 14; until <= 46; until += 2) {
    const outcome = simulate(
      stage(9, {
        seed: until,
        conditions: { loss: 0.3, duplicate: 0, delay: [0, 3] },
        faults: [{ kind: 'partition', sides, at: 1, until }],
      }),
    )
    t.strictSame(withoutAnswer(outcome), [], `healed in round ${until}`)
    t.ok(answersOf(outcome) <= 2, 'at most one answer a side')
  }
  t.end()
})

t.test('devices between two parts that ended apart follow one of them together', (t) => {
  // A line whose ends are final, each with its own answer, when the three in the middle have just begun
  // and the line is whole again.
  const line = graphOf(
    9,
    Array.from({ length: 8 }, (_, i): [number, number] => [i, i + 1]),
  )
  for (let seed = 1; seed <= 6; seed++) {
    const outcome = simulate(
      stage(9, {
        seed,
        graph: line,
        conditions: { loss: 0.2, duplicate: 0, delay: [0, 1] },
        faults: [
          { kind: 'partition', sides: [0, 0, 0, 1, 1, 1, 0, 0, 0], at: 1, until: 250 },
          ...[3, 4, 5].map((device) => ({ kind: 'join' as const, device, at: 240 + device })),
        ],
      }),
    )
    t.strictSame(withoutAnswer(outcome), [])
    const [left, middle, right] = [0, 4, 8].map((i) => outcome.devices[i]?.answer?.key)
    t.not(left, right, 'the ends ended apart')
    t.ok(middle === left || middle === right, 'the middle has no answer of its own')
    for (const i of [3, 5]) t.equal(outcome.devices[i]?.answer?.key, middle, 'and only one')
  }
  t.end()
})
