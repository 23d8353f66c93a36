import fc from 'fast-check'
import t from 'tap'
import { FUNCTIONS, functionOf } from '../../../agent/fusion/functions.ts'
import { holds } from '../math/property.ts'

const call = (name: string, ...operands: number[]): number =>
  functionOf(name)?.apply(...operands) ?? NaN

t.test('functions have the values of the tables', async (t) => {
  // Digits from OEIS and NIST DLMF; the nearest double or its neighbor is accepted.
  const cases: [string, number[], number][] = [
    ['exp', [1], Math.E],
    ['log', [2], Math.LN2],
    ['log', [8, 2], 3],
    ['log', [0.001, 10], -3],
    ['log2', [10], 3.321928094887362],
    ['log10', [2], 0.3010299956639812],
    ['log1p', [1e-10], 9.9999999995e-11],
    ['expm1', [1e-10], 1.00000000005e-10],
    ['sin', [1], 0.8414709848078965],
    ['cos', [1], 0.5403023058681398],
    ['tan', [1], 1.5574077246549023],
    ['asin', [1], 1.5707963267948966],
    ['acos', [-1], Math.PI],
    ['atan', [1], 0.7853981633974483],
    ['tanh', [0.5], 0.46211715726000974],
    ['sin', [1e22], -0.8522008497671888],
    ['^', [2, 0.5], Math.SQRT2],
    ['^', [10, -3], 0.001],
    ['sqrt', [2], Math.SQRT2],
  ]
  for (const [name, operands, wanted] of cases) {
    const found = call(name, ...operands)
    t.ok(Math.abs(found - wanted) <= 2 ** -52 * Math.abs(wanted), `${name}(${operands}) = ${found}`)
  }
})

t.test('what IEEE 754 defines is exact', async (t) => {
  const cases: [string, number[], number][] = [
    ['+', [0.1, 0.2, 0.3], 0.1 + 0.2 + 0.3],
    ['-', [0.3, 0.1], 0.3 - 0.1],
    ['*', [0.1, 0.2, 0.3], 0.1 * 0.2 * 0.3],
    ['/', [1, 3], 1 / 3],
    ['unaryMinus', [2], -2],
    ['abs', [-2.5], 2.5],
    ['floor', [-2.5], -3],
    ['ceil', [-2.5], -2],
    ['min', [3, -1, 2], -1],
    ['max', [3], 3],
    ['^', [0.1, 2], 0.1 * 0.1],
  ]
  for (const [name, operands, wanted] of cases)
    t.equal(call(name, ...operands), wanted, `${name}(${operands})`)
})

t.test('a square is rounded once', async (t) => {
  const property = fc.property(fc.double({ noNaN: true }), (x) => Object.is(call('^', x, 2), x * x))
  holds(t, property, 2000)
})

t.test('powers of whole numbers are whole', async (t) => {
  for (let base = -20; base <= 20; base++) {
    for (let power = 0; power <= 11; power++) {
      if (call('^', base, power) !== Number(BigInt(base) ** BigInt(power)))
        t.fail(`${base}^${power}`)
    }
  }
})

t.test('comparisons and logic give 1 or 0', async (t) => {
  const cases: [string, number[], number][] = [
    ['>', [2, 1], 1],
    ['>', [1, 1], 0],
    ['>=', [1, 1], 1],
    ['>=', [0, 1], 0],
    ['<', [1, 2], 1],
    ['<', [1, 1], 0],
    ['<=', [1, 1], 1],
    ['<=', [2, 1], 0],
    ['==', [1, 1], 1],
    ['==', [0, -0], 1],
    ['==', [1, 1 + 2 ** -52], 0],
    ['!=', [1, 2], 1],
    ['!=', [1, 1], 0],
    ['and', [1, -3, 0.5], 1],
    ['and', [1, 0, 1], 0],
    ['or', [0, 0, 7], 1],
    ['or', [0, 0], 0],
    ['not', [0], 1],
    ['not', [5], 0],
    ['?:', [1, 10, 20], 10],
    ['?:', [0, 10, 20], 20],
  ]
  for (const [name, operands, wanted] of cases)
    t.equal(call(name, ...operands), wanted, `${name}(${operands})`)
})

t.test('NaN in any operand that counts makes NaN', async (t) => {
  for (const [name, { least }] of Object.entries(FUNCTIONS)) {
    for (let k = 0; k < least; k++) {
      const operands = new Array<number>(least).fill(1)
      operands[k] = NaN
      if (name === '?:' && k === 2)
        t.equal(call(name, ...operands), 1, 'the branch not taken does not count')
      else t.ok(Number.isNaN(call(name, ...operands)), `${name}(${operands})`)
    }
  }
})

t.test('outside its domain a function gives NaN or an infinity', async (t) => {
  const cases: [string, number[], number][] = [
    ['log', [0], -Infinity],
    ['log', [-1], NaN],
    ['log10', [-1], NaN],
    ['log2', [0], -Infinity],
    ['sqrt', [-1], NaN],
    ['/', [1, 0], Infinity],
    ['/', [0, 0], NaN],
    ['asin', [2], NaN],
    ['acos', [2], NaN],
    ['exp', [1000], Infinity],
    ['^', [-8, 1 / 3], NaN],
    ['log', [5, 1], Infinity],
  ]
  for (const [name, operands, wanted] of cases)
    t.same(call(name, ...operands), wanted, `${name}(${operands})`)
})

t.test('names of built-in properties are no functions', async (t) => {
  for (const name of ['constructor', '__proto__', 'toString', 'eval', ''])
    t.equal(functionOf(name), undefined, name)
})
