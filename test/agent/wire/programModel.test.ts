import t from 'tap'
import { checkValue } from '../../../agent/wire/problems.ts'
import { program, programSums } from '../../../agent/wire/programModel.ts'

const written = (fields: object = {}) => ({
  type: 'program',
  file: 'a.ts',
  columns: ['x'],
  length: 12,
  ...fields,
})
const asked = (fields: object = {}) => program.parse(written(fields))

t.test('as many sums as fit, or as the job says', async (t) => {
  t.equal(programSums(asked()), 354)
  t.equal(programSums(asked({ sums: 10 })), 10)
  t.equal(programSums(asked({ length: 1 })), 499)
  t.strictSame(checkValue(program, written({ sums: 354 })).problems, [])
  t.match(checkValue(program, written({ sums: 355 })).problems, [
    { path: ['sums'], text: /wanted at most 354/ },
  ])
})

t.test('names of files and columns are such', async (t) => {
  for (const fields of [
    { file: 'a.py' },
    { columns: [] },
    { columns: ['x', 'x'] },
    { columns: ['log(x)'] },
    { columns: ['position.w'] },
    { length: 0 },
    { length: 1001 },
  ])
    t.throws(() => asked(fields))
  t.strictSame(asked({ columns: ['x', 'position.y'] }).columns, ['x', 'position.y'])
})
