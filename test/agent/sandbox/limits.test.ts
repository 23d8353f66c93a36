import t from 'tap'
import { PROGRAM, PROGRAM_LIMITS } from '../../../agent/sandbox/limits.ts'

t.test('what a program may hold lies within what its interpreter may touch', async (t) => {
  t.ok(PROGRAM.memory < PROGRAM.module)
  t.equal(PROGRAM.module % 65_536, 0, 'whole pages')
  t.ok(PROGRAM.fuel < 2 ** 31, 'fuel is counted in 32 bits')
  t.strictSame(PROGRAM_LIMITS, { fuel: PROGRAM.fuel, memory: PROGRAM.memory })
})
