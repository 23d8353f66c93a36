import t from 'tap'
import { program, programConflicts, programSums } from '../../../agent/wire/programModel.ts'

const asked = (fields: object = {}) =>
  program.parse({ type: 'program', file: 'a.ts', columns: ['x'], length: 12, ...fields })

t.test('as many sums as fit, or as the job says', async (t) => {
  t.equal(programSums(asked()), 354)
  t.equal(programSums(asked({ sums: 10 })), 10)
  t.equal(programSums(asked({ length: 1 })), 499)
  t.strictSame(programConflicts(asked({ sums: 354 })), [])
  t.match(programConflicts(asked({ sums: 355 })), [{ path: ['sums'], text: /wanted at most 354/ }])
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
