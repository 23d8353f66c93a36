import t from 'tap'
import { model as schema } from '../../../agent/wire/jobModels.ts'
import { stepConflicts } from '../../../agent/wire/stepConflicts.ts'

const curve = schema.parse({
  type: 'nonlinearLeastSquares',
  response: 'y',
  formula: 'a * x',
  parameters: [{ name: 'a', start: 1 }],
})
const paths = (fields: Partial<Parameters<typeof stepConflicts>[0]>) =>
  stepConflicts({ model: curve, consensus: { method: 'auto' }, window: {}, ...fields }).map(
    ({ path }) => path.join('.'),
  )

t.test('several sums in a row go with exact methods and readings that stand', async (t) => {
  t.strictSame(paths({}), [])
  for (const method of ['flood', 'tree', 'ratio'])
    t.strictSame(paths({ consensus: { method } }), [])
  t.strictSame(paths({ window: { follow: 1000 } }), ['window.follow'])
  for (const method of ['laplacian', 'commit'])
    t.strictSame(paths({ consensus: { method } }), ['consensus.method'])
  t.strictSame(paths({ data: { replicas: 3 } }), ['data.replicas'])
  t.strictSame(paths({ data: { replicas: 1 } }), [])
})

t.test('a single sum goes with everything', async (t) => {
  const model = schema.parse({ type: 'average', response: 'y' })
  t.strictSame(paths({ model, consensus: { method: 'commit' }, window: { follow: 1000 } }), [])
  const one = { ...curve, steps: 1 }
  t.strictSame(paths({ model: one, consensus: { method: 'laplacian' } }), ['consensus.method'])
})
