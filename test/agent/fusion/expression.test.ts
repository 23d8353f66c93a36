import fc from 'fast-check'
import t from 'tap'
import {
  compile,
  type Expression,
  evaluate,
  namesOf,
  textOf,
  tokensOf,
  treeOf,
} from '../../../agent/fusion/expression.ts'
import { FUNCTIONS } from '../../../agent/fusion/functions.ts'
import { LIMITS } from '../../../agent/wire/limits.ts'
import type { ExpressionTokens } from '../../../agent/wire/modelMessage.ts'
import { parseExpression } from '../../../controller/core/expression.ts'
import { holds } from '../math/property.ts'

const NAMES = ['a', 'zinc', 'position.x']
const leaf: fc.Arbitrary<Expression> = fc.oneof(
  fc.constantFrom(...NAMES).map((name) => ({ name })),
  fc.integer({ min: -100, max: 100 }).map((constant) => ({ constant })),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((constant) => ({ constant: constant + 0 })),
)
const { tree } = fc.letrec<{ tree: Expression }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'tree' },
    leaf,
    fc
      .constantFrom(...Object.entries(FUNCTIONS))
      .chain(([call, { least, most }]) =>
        fc
          .array(tie('tree'), { minLength: least, maxLength: Math.min(most, Math.max(least, 3)) })
          .map((operands) => ({ call, arguments: operands })),
      ),
  ),
}))
const small = tree.filter((each) => {
  try {
    return tokensOf(each).length > 0
  } catch {
    return false
  }
})
const lookup = (name: string): number => ({ a: 0.75, zinc: -3.5, 'position.x': 12 })[name] ?? NaN

t.test('a tree survives the flat form, chains apart', async (t) => {
  const property = fc.property(small, (each) => {
    const tokens = tokensOf(each)
    const again = treeOf(tokens)
    return (
      JSON.stringify(tokensOf(again)) === JSON.stringify(tokens) &&
      Object.is(evaluate(again, lookup), evaluate(each, lookup))
    )
  })
  holds(t, property, 500)
})

t.test('the text of a tree means the same to the parser of job files', async (t) => {
  const property = fc.property(small, (each) => {
    const text = textOf(each)
    const read = parseExpression(text)
    // Formulas longer than job files allow are not read.
    if (!('tree' in read)) return text.length > 1000
    return Object.is(evaluate(read.tree, lookup), evaluate(each, lookup))
  })
  holds(t, property, 500)
})

t.test('the flat form is prefix order, whole numbers as they are, others as float64', async (t) => {
  const read = parseExpression('log(zinc) - 2*x^0.5 + position.y')
  if (!('tree' in read)) return t.fail(read.text)
  t.strictSame(tokensOf(read.tree), [
    ['+', 2],
    ['-', 2],
    ['log', 1],
    'zinc',
    ['*', 2],
    2,
    ['^', 2],
    'x',
    Float64Array.of(0.5),
    'position.y',
  ])
})

t.test('a constant keeps its bits; -0 becomes 0', async (t) => {
  t.strictSame(tokensOf({ constant: 2 ** 53 }), [Float64Array.of(2 ** 53)])
  t.strictSame(tokensOf({ constant: 2 ** 53 - 1 }), [2 ** 53 - 1])
  t.ok(Object.is(tokensOf({ constant: -0 })[0], 0))
  t.ok(Object.is((treeOf([Float64Array.of(-0)]) as { constant: number }).constant, 0))
})

t.test('a long sum stays flat and is added from left to right', async (t) => {
  const read = parseExpression(Array.from({ length: 80 }, (_, k) => `a^${k}`).join(' + '))
  if (!('tree' in read)) return t.fail(read.text)
  const tokens = tokensOf(read.tree)
  t.strictSame(tokens.slice(0, 7), [['+', 80], ['^', 2], 'a', 0, ['^', 2], 'a', 1])
  t.strictSame(tokens.at(-1), 79)
  t.equal(evaluate(treeOf(tokens), lookup), evaluate(read.tree, lookup))
})

t.test('only the left side of a chain is flattened', async (t) => {
  const a: Expression = { name: 'a' }
  const pair = (call: string, x: Expression, y: Expression): Expression => ({
    call,
    arguments: [x, y],
  })
  t.strictSame(tokensOf(pair('+', pair('+', a, a), pair('+', a, a))), [
    ['+', 3],
    'a',
    'a',
    ['+', 2],
    'a',
    'a',
  ])
  t.strictSame(tokensOf(pair('-', pair('-', a, a), a)), [['-', 2], ['-', 2], 'a', 'a', 'a'])
})

t.test('names are listed once, in order', async (t) => {
  const read = parseExpression('zinc + a*zinc + position.x')
  if (!('tree' in read)) return t.fail(read.text)
  t.strictSame(namesOf(read.tree), ['zinc', 'a', 'position.x'])
  t.strictSame(namesOf({ constant: 1 }), [])
})

t.test('a missing name gives NaN', async (t) => {
  const value = compile({ call: '+', arguments: [{ name: 'a' }, { constant: 1 }] })
  t.equal(
    value(() => 2),
    3,
  )
  t.ok(Number.isNaN(value(() => null)))
  t.ok(Number.isNaN(value(() => undefined)))
})

t.test('text needs no more parentheses than precedence asks for', async (t) => {
  for (const text of [
    'a + b * c',
    '(a + b) * c',
    'a - (b - c)',
    'a - b - c',
    '-a^2',
    '(-a)^2',
    'a^(b^c)',
    '(a < b) == c',
    'a / (b * c)',
    'a and b or c',
    'a and (b or c)',
    'a > 3 ? b : c + 1',
    'not a',
    'not (a > b)',
    '(not a)^b',
    'not a^b',
    'log(a, 10)',
    'min(a, b, c)',
    'a - (-2)',
  ]) {
    const read = parseExpression(text)
    if ('tree' in read) t.equal(textOf(read.tree), text)
    else t.fail(`${text}: ${read.text}`)
  }
})

t.test('wrong tokens are refused', async (t) => {
  const nested = (depth: number): ExpressionTokens => [
    ...Array.from({ length: depth - 1 }, (): [string, number] => ['abs', 1]),
    'a',
  ]
  const cases: [ExpressionTokens, RegExp][] = [
    [[], /ends before its last operand/],
    [[['+', 2], 'a'], /ends before its last operand/],
    [['a', 'b'], /ends 1 tokens before its list/],
    [[['system', 1], 'a'], /^there is no function or operator "system"$/],
    [[['constructor', 1], 'a'], /no function or operator "constructor"/],
    [[['sqrt', 2], 'a', 'b'], /^"sqrt" takes 1 operands, found 2$/],
    [[['log', 3], 'a', 'b', 'c'], /^"log" takes 1 to 2 operands, found 3$/],
    [[['+', 1], 'a'], /"\+" takes 2 to 256 operands, found 1/],
    [[['min', 0]], /found 0/],
    [
      ['position'],
      /wanted the id of a sensor or position.x, position.y, position.z, found "position"/,
    ],
    [['position.w'], /found "position.w"/],
    [['a b'], /found "a b"/],
    [[''], /found ""/],
    [['x'.repeat(33)], /found "x{33}"/],
    [[Float64Array.of(NaN)], /^a constant must be a finite number, found NaN$/],
    [[Float64Array.of(-Infinity)], /found -Infinity/],
    [nested(LIMITS.expressionDepth + 1), /may have 32 levels/],
    [[['+', 256], ...new Array<string>(256).fill('a')], /may have 256 nodes/],
  ]
  for (const [tokens, message] of cases) {
    t.throws(() => treeOf(tokens), { code: 'BAD_EXPRESSION', message }, `${message}`)
  }
  t.ok(treeOf(nested(LIMITS.expressionDepth)), 'the deepest')
  t.ok(treeOf([['+', 255], ...new Array<string>(255).fill('a')]), 'the largest')
})

t.test('a tree that the flat form cannot hold is refused', async (t) => {
  const deep = (depth: number): Expression =>
    depth === 1 ? { name: 'a' } : { call: 'abs', arguments: [deep(depth - 1)] }
  t.equal(tokensOf(deep(32)).length, 32)
  const cases: [Expression, RegExp][] = [
    [deep(33), /may have 32 levels/],
    [
      { call: '+', arguments: new Array<Expression>(256).fill({ name: 'a' }) },
      /may have 256 nodes/,
    ],
    [{ call: 'sqrt', arguments: [] }, /"sqrt" takes 1 operands, found 0/],
    [{ name: 'no such' }, /found "no such"/],
    [{ constant: Infinity }, /found Infinity/],
  ]
  for (const [each, message] of cases)
    t.throws(() => tokensOf(each), { code: 'BAD_EXPRESSION', message })
})
