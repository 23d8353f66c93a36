import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { lockFolder } from '../../../agent/io/folderLock.ts'

t.test('a folder is held by one at a time, and named is who holds it', async (t) => {
  const folder = t.testdir()
  const free = await lockFolder(folder)
  await t.rejects(lockFolder(folder), {
    code: 'STORE_FAILED',
    message: `the state folder ${folder} is in use by process ${process.pid}: this device runs already`,
  })
  await free()
  t.same(await readdir(folder), [], 'nothing is left behind')
  const again = await lockFolder(folder)
  await again()
})

t.test('of many at once one gets the folder', async (t) => {
  const folder = t.testdir({ lock: 'half a li' })
  const all = await Promise.allSettled(Array.from({ length: 2 }, () => lockFolder(folder)))
  t.equal(all.filter(({ status }) => status === 'fulfilled').length, 1)
  t.same(await readdir(folder), ['lock'])
})

t.test('a lock that a dead process left is taken over', async (t) => {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  const folder = t.testdir({ lock: `${child.pid} 12\n` })
  const free = await lockFolder(folder)
  t.match(await readFile(join(folder, 'lock'), 'utf8'), new RegExp(`^${process.pid} `))
  await free()
})

t.test(
  'a living process that has the number of a dead one holds nothing',
  { skip: process.platform !== 'linux' && 'start times are read from /proc' },
  async (t) => {
    const folder = t.testdir()
    await writeFile(join(folder, 'lock'), `${process.pid} 1\n`)
    const free = await lockFolder(folder)
    await free()
    t.same(await readdir(folder), [])
  },
)

t.test('a folder that cannot be written is told', async (t) => {
  await t.rejects(lockFolder(join(t.testdir(), 'nowhere')), { code: 'STORE_FAILED' })
})
