import t from 'tap'
import { evaluate, namesOf, textOf } from '../../../agent/fusion/expression.ts'
import { derivativeOf, tidied } from '../../../controller/core/derivative.ts'
import { parseExpression } from '../../../controller/core/expression.ts'

function tree(text: string) {
  const parsed = parseExpression(text)
  if (!('tree' in parsed)) throw new Error(parsed.text)
  return parsed.tree
}
const slope = (text: string, name: string) => {
  const found = derivativeOf(tree(text), name)
  return found && textOf(found)
}

t.test('the derivative of every function that has one agrees with differences', async (t) => {
  const at: Record<string, number> = { a: 0.3, b: 0.7, 'position.x': 1.9 }
  const lookup = (shift: number) => (name: string) => (at[name] ?? NaN) + (name === 'a' ? shift : 0)
  for (const text of [
    'a + b - 2 * a',
    'a * b / (a + 3)',
    'a^3 + b^a + (a + b)^(-0.5)',
    'sqrt(a) + exp(a * b) + expm1(a^2)',
    'log(a) + log2(a) + log10(a) + log1p(a) + log(a, 3)',
    'sin(a) + cos(a * b) + tan(a)',
    'asin(a) + acos(a) + atan(a * 3) + tanh(a)',
    'abs(a - b) * position.x^a',
    'a * (floor(b) + max(b, 2)) + (b > 2 ? 1 : 3)',
  ]) {
    const formula = tree(text)
    const found = derivativeOf(formula, 'a')
    if (!found) {
      // Constants hold even what has no derivative, unless mathjs does not know it at all.
      t.match(text, /floor|max|\?/, text)
      continue
    }
    const step = 1e-5
    const difference =
      (evaluate(formula, lookup(step)) - evaluate(formula, lookup(-step))) / (2 * step)
    const value = evaluate(found, lookup(0))
    t.ok(Math.abs(value - difference) < 1e-6 * Math.max(1, Math.abs(value)), `${text}: ${value}`)
  }
})

t.test('what does not hold the name, or has no derivative', async (t) => {
  t.equal(slope('b^2', 'a'), '0')
  for (const text of ['floor(a)', 'ceil(2 * a)', 'min(a, b)', 'a > b ? a : b', '(a > 1) * b'])
    t.equal(slope(text, 'a'), undefined, text)
})

t.test('terms of 0 and factors of 1 are gone', async (t) => {
  t.equal(slope('a * b + 3', 'a'), 'b')
  t.equal(slope('b - a', 'a'), '-1')
  t.equal(slope('a^2', 'a'), '2 * a')
  t.equal(textOf(tidied(tree('0 + 1 * (x - 0) * 1'))), 'x')
  t.equal(textOf(tidied(tree('0 * x + 0'))), '0')
  t.equal(textOf(tidied(tree('0 / x - y / 1'))), '-y')
})

t.test('names keep their meaning, whatever they are', async (t) => {
  const found = derivativeOf(tree('position.x * v0 * e1 + i * v1'), 'v0')
  t.strictSame(found && namesOf(found).sort(), ['e1', 'position.x'])
})
