import t from 'tap'
import { type Grid, grid } from '../../../agent/wire/gridModel.ts'
import { checkValue } from '../../../agent/wire/problems.ts'

const axis = (name: string, points: number) => ({ name, from: 0, to: 1, points })
function read(parameters: readonly object[]): Grid | readonly string[] {
  const checked = checkValue(grid, { type: 'grid', parameters, logLikelihood: 'x * a' })
  return 'value' in checked ? checked.value : checked.problems.map(({ text }) => text)
}

t.test('a grid has one to four parameters, each with a span and points', async (t) => {
  t.match(read([axis('a', 2)]), { credible: 0.95, parameters: [axis('a', 2)] })
  t.match(read([]), [/1 to 4 parameters/])
  t.match(read('abcde'.split('').map((name) => axis(name, 2))), [/1 to 4 parameters/])
  t.match(read([axis('a', 1)]), [/2 to 1000/])
  t.match(read([{ ...axis('a', 2), to: 0 }]), [/from 0 to 0, wanted a "to" above "from"/])
  t.match(read([axis('1st', 2)]), [/1-32 letters/])
})

t.test('what of it does not go together is located', async (t) => {
  const conflicts = (parameters: readonly object[]) =>
    checkValue(grid, { type: 'grid', parameters, logLikelihood: 'x * a' }).problems
  t.strictSame(conflicts([axis('a', 25), axis('b', 40)]), [])
  t.match(conflicts([axis('a', 25), axis('b', 41)]), [
    { path: ['parameters'], text: /^found 1025 points in all, wanted at most 1000/ },
  ])
  t.match(conflicts([axis('a', 2), axis('a', 2)]), [
    { path: ['parameters', 1, 'name'], text: /the same as that of parameters\[0\]/ },
  ])
})
