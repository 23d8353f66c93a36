import fc from 'fast-check'
import t from 'tap'
import { type Expression, evaluate, textOf } from '../../../agent/fusion/expression.ts'
import { FUNCTIONS } from '../../../agent/fusion/functions.ts'
import { parseExpression } from '../../../controller/core/expression.ts'

function treeOf(text: string): Expression {
  const parsed = parseExpression(text)
  if ('tree' in parsed) return parsed.tree
  throw new Error(`${text}: ${parsed.text}`)
}
const problem = (text: string): string => {
  const parsed = parseExpression(text)
  return 'tree' in parsed ? 'no problem' : `${parsed.offset}: ${parsed.text}`
}
const value = (text: string, names: Record<string, number> = {}): number =>
  evaluate(treeOf(text), (name) => names[name])

t.test('operators bind as in mathjs and in mathematics', (t) => {
  // Worked by hand.
  const cases: [string, number][] = [
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['2^3^2', 512],
    ['-2^2', -4],
    ['2^-1', 0.5],
    ['8 / 4 / 2', 1],
    ['8 - 4 - 2', 2],
    ['1 < 2 and 3 > 4', 0],
    ['1 > 2 or 3 == 3', 1],
    ['not(1 == 2)', 1],
    ['1 > 2 ? 10 : 20', 20],
    ['min(3, 1, 2) + max(1, 5)', 6],
    ['log(8, 2)', 3],
    ['sqrt(16) + abs(-1)', 5],
    ['1e3 + .5', 1000.5],
    ['+3', 3],
  ]
  for (const [text, wanted] of cases) t.equal(value(text), wanted, text)
  t.equal(value('pi'), Math.PI)
  t.end()
})

t.test('names are sensors and the place of the device', (t) => {
  t.equal(
    value('zinc + position.x * position.y - position.z', {
      zinc: 1,
      'position.x': 2,
      'position.y': 3,
      'position.z': 4,
    }),
    3,
  )
  t.strictSame(treeOf('log(zinc)'), { call: 'log', arguments: [{ name: 'zinc' }] })
  t.strictSame(treeOf('e'), { name: 'e' }, 'e is a sensor')
  t.strictSame(treeOf('constructor'), { name: 'constructor' }, 'so is what objects inherit')
  t.strictSame(treeOf('-3'), { constant: -3 })
  t.end()
})

t.test('every function of the table can be written, and no other', (t) => {
  for (const [name, { least, binds }] of Object.entries(FUNCTIONS)) {
    if (binds !== undefined || name === 'not') continue
    const operands = Array.from({ length: least }, (_, i) => `s${i}`).join(', ')
    t.ok('tree' in parseExpression(`${name}(${operands})`), name)
  }
  for (const name of [
    'import',
    'evaluate',
    'eval',
    'random',
    'unit',
    'constructor',
    'toString',
    'f',
  ])
    t.match(problem(`${name}(x)`), `there is no function "${name}"`)
  t.end()
})

t.test('what mathjs has and a device has not is refused at its place', (t) => {
  const cases: [string, string][] = [
    ['x = 3', '2: found "="'],
    ['f(x) = 3', '5: found "="'],
    ['[1, 2]', '0: found "["'],
    ['x[1]', '1: found "["'],
    ['{a: 1}', '0: found "{"'],
    ['"text"', '0: found "\\""'],
    ['a.b', '1: found "." outside of a number'],
    ['position.x.y', '10: found "." outside of a number'],
    ['1:3', '0: found a ":" without a "?"'],
    ['a; b', '1: found ";"'],
    ['a % b', '2: found "%"'],
    ["a'", '1: found "\'"'],
    ['5!', '1: found "!"'],
    ['a to b', '2: found "to"'],
    ['true', '0: found "true"'],
    ['a < b < c', '0: found two comparisons in a row'],
    ['a && b', '2: found "&&", which is not taken. Write "and".'],
    ['a ** b', '2: found "**", which is not taken. Write ^.'],
    ['1e999', '0: found 1e999'],
    ['and', '0: "and" stands where a value was wanted.'],
    ['a ? b', '5: the expression ends where a value was wanted.'],
    ['a,b', '1: found "," outside of a function'],
  ]
  for (const [text, wanted] of cases) {
    const found = problem(text)
    t.ok(found.startsWith(wanted), `${text}: ${found}`)
  }
  t.end()
})

t.test('multiplication is written out', (t) => {
  t.equal(problem('2x'), '1: found no operator between "2" and "x". Write 2*x to multiply.')
  t.equal(problem('(a)(b)'), '3: found no operator between ")" and "(". Write * to multiply.')
  t.equal(problem('sqrt dist'), '0: "sqrt" is a function. Write sqrt( ) around its operand.')
  t.end()
})

t.test('a number in a form of another language is no product', (t) => {
  for (const form of ['1e', '2.5E', '1_000', '0x10', '0b11', '1_000_000'])
    t.equal(
      problem(`x + ${form}`),
      `4: found "${form}", which is no form of a number here. Numbers are such as 1000, 0.5 and 1e-3.`,
    )
  t.match(problem('1 e'), 'Write 1*e to multiply')
  t.match(problem('0 x10'), 'Write 0*x10 to multiply')
  t.end()
})

t.test('a call with a wrong number of operands is found where it stands', (t) => {
  t.equal(problem('sqrt(x) + log(sqrt(y), 2, 3)'), '10: log takes 1 or 2 operands, found 3.')
  t.equal(problem('sqrt(x) + sqrt(x, y)'), '10: sqrt takes 1 operand, found 2.')
  t.equal(problem('min()'), '0: min takes 1 or more operands, found 0.')
  t.end()
})

t.test('long, deep and large formulas are refused', (t) => {
  t.match(problem('a'.repeat(1001)), 'found 1001 characters, wanted at most 1000')
  t.match(problem(`${'('.repeat(500)}x`), '32: nested more than 32 levels deep')
  t.match(problem(`${'-'.repeat(900)}x`), 'levels')
  t.match(problem(`${'a^'.repeat(400)}a`), 'levels')
  t.match(problem(`${'a?b:'.repeat(240)}a`), 'levels')
  t.match(problem(`${'not '.repeat(200)}a`), 'levels')
  t.match(problem('a+'.repeat(400).concat('a')), '256')
  t.end()
})

t.test('any text gives a tree or a place inside of it', (t) => {
  const words = [
    'log',
    '(',
    ')',
    'x',
    '1',
    '+',
    '-',
    '*',
    '^',
    ',',
    '.',
    'position',
    ':',
    '?',
    ' ',
    'and',
    'not',
    '<',
    '=',
    'é',
    '\u{1f600}',
    'if',
    '2e',
    '__proto__',
  ]
  const seed = 20_260_101
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(fc.constantFrom(...words)).map((list) => list.join('')),
        fc.string(),
      ),
      (text) => {
        const parsed = parseExpression(text)
        if ('tree' in parsed) return true
        return (
          parsed.offset >= 0 &&
          parsed.offset <= text.length &&
          /^[^\n]{10,600}[.)?]$/.test(parsed.text)
        )
      },
    ),
    { numRuns: 2000, seed },
  )
  t.pass(`seed ${seed}`)
  t.end()
})

t.test('a tree is written and read back the same', (t) => {
  const leaf = fc.oneof(
    fc.constantFrom('a', 'b', 'position.x').map((name): Expression => ({ name })),
    fc.integer({ min: 0, max: 99 }).map((constant): Expression => ({ constant })),
  )
  const { tree } = fc.letrec<{ tree: Expression }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc
        .tuple(
          fc.constantFrom('+', '-', '*', '/', '^', 'min', '<', 'and', 'or'),
          tie('tree'),
          tie('tree'),
        )
        .map(([call, a, b]): Expression => ({ call, arguments: [a, b] })),
      fc
        .tuple(fc.constantFrom('log', 'sqrt', 'not'), tie('tree'))
        .map(([call, a]): Expression => ({ call, arguments: [a] })),
    ),
  }))
  const seed = 7
  fc.assert(
    fc.property(tree, (written) => {
      const text = textOf(written)
      // The text may group differently, where that changes no value: compare as text again.
      return textOf(treeOf(text)) === text
    }),
    { numRuns: 500, seed },
  )
  t.pass(`seed ${seed}`)
  t.end()
})
