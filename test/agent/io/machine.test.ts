import { availableParallelism, totalmem } from 'node:os'
import t from 'tap'
import { machineOf } from '../../../agent/io/machine.ts'

t.test('a machine tells its processors, its memory and what is free on a disk', async (t) => {
  const machine = await machineOf(t.testdir())
  t.equal(machine.cpus, 1000 * availableParallelism())
  const { memory = 0, storage = 0 } = machine
  t.ok(memory > 0 && memory <= totalmem(), `${memory} bytes of memory`)
  t.ok(Number.isSafeInteger(storage) && storage > 0, `${storage} bytes free`)
  t.notOk('storage' in (await machineOf()), 'no folder, no disk')
})
