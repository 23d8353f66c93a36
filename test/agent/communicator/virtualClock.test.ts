import t from 'tap'
import { VirtualClock } from '../../../agent/communicator/virtualClock.ts'

/** Resolves at a moment of the clock. */
const at = (clock: VirtualClock, delay: number): Promise<void> =>
  new Promise((resolve) => clock.after(delay, resolve))

t.test('appointments come in the order of their times, and of making within one', async (t) => {
  const clock = new VirtualClock()
  const log: string[] = []
  const delays = [30, 10, 20, 10, 5, 40, 0.5, 10, 35, 1]
  delays.forEach((delay, k) => {
    clock.after(delay, () => log.push(`${clock.now()} ${k}`))
  })
  await at(clock, 100)
  t.strictSame(log, ['1 6', '1 9', '5 4', '10 1', '10 3', '10 7', '20 2', '30 0', '35 8', '40 5'])
})

t.test('what is forgotten does not come, and takes no time', async (t) => {
  const clock = new VirtualClock()
  const cancel = clock.after(10, () => t.fail('it was forgotten'))
  cancel()
  await at(clock, 5)
  await at(clock, 20)
  t.equal(clock.now(), 25)
})

t.test('what a moment resolves runs before the next moment', async (t) => {
  const clock = new VirtualClock()
  const log: string[] = []
  clock.after(2, () => log.push('next moment'))
  await at(clock, 1)
  log.push('program')
  clock.after(0, () => log.push('still this moment'))
  await at(clock, 5)
  t.strictSame(log, ['program', 'still this moment', 'next moment'])
})
