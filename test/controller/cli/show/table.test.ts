import t from 'tap'
import { table } from '../../../../controller/cli/show/table.ts'

t.test('columns are as wide as their widest cell, numbers stand to the right', async (t) => {
  t.equal(
    table(
      [{ head: 'JOB' }, { head: 'BYTES', align: 'right' }],
      [
        ['soil-zinc', '1.23 kB'],
        ['a', '9 B'],
      ],
    ),
    'JOB          BYTES\nsoil-zinc  1.23 kB\na              9 B\n',
  )
})

t.test('nothing but the headings where there are no rows', async (t) => {
  t.equal(table([{ head: 'A' }, { head: 'B' }], []), 'A  B\n')
})

t.test('a cell cannot move the cursor', async (t) => {
  t.equal(table([{ head: 'A' }], [['x\u001b[2J\ny\u009b']]), 'A\nx [2J y\n')
})
