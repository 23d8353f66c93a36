import t from 'tap'
import type { Progress } from '../../../agent/core/effect.ts'
import { telling } from '../../../agent/io/telling.ts'
import { jobId } from '../../../agent/wire/ids.ts'
import { handClock } from './handClock.ts'

const [soil, air] = [jobId('soil'), jobId('air')]
const at = (phase: Progress['phase']): Progress => ({
  phase,
  generation: 1,
  epoch: 0,
  round: 0,
  contributions: 0,
  roster: 3,
  gone: 0,
  attempt: 0,
  messages: 0,
  bytesOut: 0,
  bytesIn: 0,
  skippedRows: 0,
})

function scene() {
  const clock = handClock()
  const told: string[] = []
  const teller = telling(clock, (job, { phase }) => told.push(`${clock.now()} ${job} ${phase}`))
  return { clock, told, teller }
}

t.test('a phase that is over at once is not told', async (t) => {
  const { clock, told, teller } = scene()
  teller.tell(soil, at('exchanging'))
  clock.turn(40)
  teller.tell(soil, at('announced'))
  clock.turn(59)
  t.strictSame(told, [])
  clock.turn(1)
  t.strictSame(told, ['100 soil announced'])
  clock.turn(1000)
  t.equal(told.length, 1)
})

t.test('how it ends is told at once, and instead of what waited', async (t) => {
  for (const end of ['final', 'failed', 'refused', 'excluded'] as const) {
    const { clock, told, teller } = scene()
    teller.tell(soil, at('voting'))
    clock.turn(10)
    teller.tell(soil, at(end))
    t.strictSame(told, [`10 soil ${end}`])
    clock.turn(1000)
    t.equal(told.length, 1)
  }
})

t.test('jobs wait apart, one that is over is forgotten, and the end tells the rest', async (t) => {
  const { clock, told, teller } = scene()
  teller.tell(soil, at('exchanging'))
  clock.turn(50)
  teller.tell(air, at('exchanging'))
  clock.turn(50)
  t.strictSame(told, ['100 soil exchanging'])
  teller.tell(soil, at('voting'))
  teller.forget(soil)
  teller.end()
  t.strictSame(told, ['100 soil exchanging', '100 air exchanging'])
  clock.turn(1000)
  t.equal(told.length, 2)
})
