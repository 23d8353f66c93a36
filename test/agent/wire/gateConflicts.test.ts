import t from 'tap'
import { gateConflicts } from '../../../agent/wire/gateConflicts.ts'
import { model as schema } from '../../../agent/wire/jobModels.ts'

const fit = (robust: string, terms: readonly string[] = ['x']) =>
  schema.parse({ type: 'leastSquares', response: 'y', terms, robust })
const paths = (fields: Partial<Parameters<typeof gateConflicts>[0]>) =>
  gateConflicts({ model: fit('gate'), consensus: { method: 'auto' }, window: {}, ...fields }).map(
    ({ path }) => path.join('.'),
  )

t.test('a gate goes with flood, and with what shows each contribution', async (t) => {
  t.strictSame(paths({}), [])
  t.strictSame(paths({ consensus: { method: 'flood' }, data: { replicas: 1 } }), [])
  for (const method of ['tree', 'ratio', 'laplacian', 'commit'])
    t.strictSame(paths({ consensus: { method } }), ['consensus.method'])
  t.strictSame(paths({ window: { follow: 1000 } }), ['window.follow'])
  t.strictSame(paths({ data: { replicas: 2 } }), ['data.replicas'])
  t.strictSame(paths({ market: {} }), ['model.robust'])
  const many = (count: number) =>
    fit(
      'gate',
      Array.from({ length: count }, (_, i) => `x${i}`),
    )
  t.strictSame(paths({ model: many(16) }), [])
  t.strictSame(paths({ model: many(17) }), ['model.terms'])
})

t.test('without one nothing is asked', async (t) => {
  const consensus = { method: 'tree' }
  for (const robust of ['none', 'huber'])
    t.strictSame(paths({ model: fit(robust), consensus, market: {} }), [])
  const model = schema.parse({ type: 'average', response: 'y' })
  t.strictSame(paths({ model, consensus }), [])
})
