import t from 'tap'
import { runHere } from '../../../agent/io/programs/run.ts'
import { bundleProgram } from '../../../controller/io/programBundle.ts'
import { placedInFiles } from '../../../controller/io/programPlace.ts'

const input = { columns: ['x'], rows: [[1]], history: [], length: 1 }

function faultOf(code: string): Error {
  try {
    runHere({ code, input })
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('it ran')
}

t.test('a fault is told where it stands in its file', async (t) => {
  const folder = t.testdir({
    'main.ts': `import { half } from './half.ts'
interface Row { readonly x: number | null }

export function share(rows: readonly Row[]): number[] {
  const all: number[] = rows.map(({ x }) => half(x ?? 0))
  return [all.length]
}
`,
    'half.ts': `type Much = number

export const half = (of: Much): Much => {
  if (of > 0) throw new RangeError('too much')
  return of / 2
}
`,
  })
  const bundled = await bundleProgram(`${folder}/main.ts`)
  if (bundled.kind !== 'program') throw new Error(JSON.stringify(bundled))
  const { code } = bundled.program
  const { message } = faultOf(code)
  t.match(message, /^RangeError: too much \(program:\d+:\d+\)$/)
  t.match(placedInFiles(message, code), /^RangeError: too much \(half\.ts:4:\d+\)$/)
})

t.test('what has no place, or a code without a map, stays as it is', async (t) => {
  t.equal(placedInFiles('it stopped', 'x'), 'it stopped')
  t.equal(placedInFiles('at program:1:2', undefined), 'at program:1:2')
  const codes = ['x', '{}', '{"version":3,"sources":[],"mappings":"%%"}'].map(
    (map) =>
      `//# sourceMappingURL=data:application/json;base64,${Buffer.from(map).toString('base64')}`,
  )
  for (const code of ['export {}', ...codes])
    t.equal(placedInFiles('at program:1:2', code), 'at program:1:2')
})

t.test('a map that somebody else made is not believed everything', async (t) => {
  const coded = (map: object) =>
    `export {}\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`
  const place = 'Error: no (program:1:1)'
  const told = (source: string, mappings = 'AAAA') =>
    placedInFiles(place, coded({ version: 3, sources: [source], mappings }))
  t.equal(told('program:./main.ts'), 'Error: no (main.ts:1:1)')
  for (const source of ['../../secret.ts', 'a\nb.ts', 'x'.repeat(200), ''])
    t.equal(told(source), place)
  const code = coded({ version: 3, sources: ['main.ts'], mappings: 'AAAA' })
  t.equal(placedInFiles('Error: no (program:9:1)', code), 'Error: no (program:9:1)', 'no such line')
  t.equal(
    placedInFiles('Error: see program:1:1', code),
    'Error: see program:1:1',
    'words of the user',
  )
})
