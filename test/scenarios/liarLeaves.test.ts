import t from 'tap'
import { members } from '../../agent/wire/bitset.ts'
import { drawGraph } from '../../controller/sim/graphs.ts'
import { streams } from '../../controller/sim/random.ts'
import { simulate } from '../../controller/sim/simulator.ts'
import { answersOf, stage, withoutAnswer } from './stage.ts'

/**
 * A device that is proven a liar hears of it, and leaves by its own word. Whoever heard that word before
 * the proof took it for gone and never looked at the proof: it kept on summing what the liar had said,
 * and voted for another answer than the rest until the job ran out of time.
 */
t.test('one that left is still proven a liar', (t) => {
  const rough = { loss: 0.3, duplicate: 0.05, delay: [0, 3] } as const
  for (let seed = 1; seed <= 20; seed++) {
    const graph = drawGraph({ kind: 'complete' }, 6, streams(1)('graph'))
    const liars = [{ device: 0, lie: 'equivocation' as const }]
    const outcome = simulate(stage(6, { graph, conditions: rough, liars, seed }))
    t.strictSame(
      withoutAnswer(outcome).filter((name) => name !== 'd0'),
      [],
      `seed ${seed}`,
    )
    const honest = { ...outcome, devices: outcome.devices.slice(1) }
    t.equal(answersOf(honest), 1)
    const { contributors = new Uint8Array() } = outcome.devices[1]?.answer ?? {}
    t.strictSame(members(contributors).slice(-5), [1, 2, 3, 4, 5])
  }
  t.end()
})
