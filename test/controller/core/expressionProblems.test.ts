import t from 'tap'
import { expressionProblems } from '../../../controller/core/expressionProblems.ts'

t.test('problems of formulas are found in any document, however wrong the rest of it is', (t) => {
  const found = (value: unknown) =>
    expressionProblems(value).map(({ path, text, offset }) => [
      path.join('.'),
      offset,
      text.split('.')[0],
    ])
  t.strictSame(
    found({ spec: { model: { response: 'logg(x)', terms: ['1 +', 3, null, {}, 'x'] } } }),
    [
      ['spec.model.response', 0, 'there is no function "logg"'],
      ['spec.model.terms.0', 3, 'the expression ends where a value was wanted'],
    ],
  )
  for (const value of [undefined, null, 3, 'text', [], { spec: null }, { spec: { model: [] } }])
    t.strictSame(found(value), [], JSON.stringify(value))
  t.end()
})

t.test('terms that no data can tell apart are refused before any device is asked', (t) => {
  const found = (terms: unknown[]) =>
    expressionProblems({ spec: { model: { terms } } }).map(
      ({ path, text }) => `${path.at(-1)}: ${text}`,
    )
  t.strictSame(found([1, 'x', 'x^2']), [])
  t.strictSame(found(['x', '(x)']), ['1: the same as terms[0]. Remove one of the two.'])
  t.strictSame(found([1, 'x', '2 + 3']), [
    '2: a constant like terms[0]; no data can tell them apart. Keep one.',
  ])
  t.strictSame(found([0, 'x']), ['0: is always 0, so that it explains nothing. Remove it.'])
  t.strictSame(found(['log(-1)']), ['0: has no finite value. Remove it.'])
  t.end()
})

t.test('each model has its formulas where it wants them', (t) => {
  const found = (model: object) =>
    expressionProblems({ spec: { model } }).map(({ path }) => path.slice(2).join('.'))
  t.strictSame(found({ type: 'betaBernoulli', success: 'x >' }), ['success'])
  t.strictSame(found({ type: 'betaBernoulli', success: '1 > 2' }), ['success'])
  t.strictSame(found({ type: 'gammaPoisson', count: 'x', exposure: 'y +' }), ['exposure'])
  t.strictSame(found({ type: 'gammaPoisson', count: '3', exposure: '2' }), ['count'])
  t.strictSame(found({ type: 'covariance', variables: ['x', '(x)'] }), ['variables.1'])
  t.strictSame(found({ type: 'vectorSum', terms: ['x', 'x', 1, 2] }), [], 'each stands for itself')
  t.end()
})
