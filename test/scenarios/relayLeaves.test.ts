import t from 'tap'
import { graphOf } from '../../controller/sim/graph.ts'
import { simulate } from '../../controller/sim/simulator.ts'
import { stage, withoutAnswer } from './stage.ts'

t.test('devices that hear each other only through one that leaves still come to an end', (t) => {
  // Found by the swarm, seed 1264: both sides waited for each other's votes, which only the one that
  // had left still passed on, and nobody took the other side for gone.
  const line = graphOf(5, [
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 4],
  ])
  for (let at = 1; at <= 9; at++) {
    const faults = [{ kind: 'restart', device: 3, at, memory: 'lost' }] as const
    const outcome = simulate(stage(5, { graph: line, faults, seed: at }))
    t.strictSame(withoutAnswer(outcome), [])
    t.ok(outcome.rounds < 100, `${outcome.rounds} rounds`)
  }
  t.end()
})
