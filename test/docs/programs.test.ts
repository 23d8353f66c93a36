import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { PROGRAM } from '../../agent/sandbox/limits.ts'
import { bundleProgram } from '../../controller/io/programBundle.ts'
import { LIBRARIES } from '../../controller/io/programLibraries.ts'
import { dealt, runOnFleet } from '../devices/programFleet.ts'

const page = readFileSync(new URL('../../docs/programs.md', import.meta.url), 'utf8')
const programs = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, text = '']) => text)

t.test('the programs of the page run, and give what they say', async (t) => {
  const rows = [2, 4, 4, 5, 7, 9, 60].map((temp) => ({ temp }))
  const [one, many] = await Promise.all(
    programs.map(async (text, k) => {
      const folder = t.testdir({ 'a.ts': programs[0] ?? '', 'b.ts': programs[1] ?? '' })
      const found = await bundleProgram(join(folder, k === 0 ? 'a.ts' : 'b.ts'))
      return found.kind === 'program' ? found.program.code : t.fail(text)
    }),
  )
  const moments = runOnFleet(`${one}`, ['temp'], dealt(rows, 4), 3)
  t.strictSame(
    [moments.result, moments.sums],
    [{ n: 7, mean: 13, variance: 434.666_666_666_666_7 }, 1],
  )
  // The mean is 13; at most 9 from it lie 4, 4, 5, 7 and 9.
  const half = runOnFleet(`${many}`, ['temp'], dealt(rows, 4), 2)
  t.match(half, { sums: 31, result: { mean: 13 } })
  t.ok(Math.abs((half.result as { distance: number }).distance - 9) < 1e-5)
})

t.test('the limits and libraries of the page are those of the code', async (t) => {
  for (const text of [
    `${PROGRAM.fuel / 1e6} million`,
    `${PROGRAM.memory / 2 ** 20} MiB`,
    `${PROGRAM.code / 1024} KiB`,
    `${PROGRAM.result / 1024} KiB`,
    `${PROGRAM.resultDepth} levels`,
  ]) {
    t.ok(page.includes(text), text)
  }
  for (const name of Object.keys(LIBRARIES))
    t.ok(page.includes(name.replace(/^.*special/, '')), name)
})
