import type { MathNode } from 'mathjs'
import mathjs from 'mathjs/lib/browser/math.js'
import { type Expression, namesOf, textOf } from '../../agent/fusion/expression.ts'

/** What mathjs has no derivative of, in functions that it has one of; the value itself is never taken from these. */
const INSTEAD: Readonly<Record<string, (a: Expression) => Expression>> = {
  expm1: (a) => call('-', call('exp', a), { constant: 1 }),
  log1p: (a) => call('log', call('+', { constant: 1 }, a)),
  log2: (a) => call('log', a, { constant: 2 }),
}

/** What mathjs writes in derivatives and formulas do not have. */
const WRITTEN: Readonly<Record<string, (a: Expression) => Expression>> = {
  sec: (a) => call('/', { constant: 1 }, call('cos', a)),
  sech: (a) =>
    call('sqrt', call('-', { constant: 1 }, call('^', call('tanh', a), { constant: 2 }))),
}

/**
 * The derivative of a formula by one of its names, by mathjs.
 * @returns undefined where a function of it, applied to what holds the name, has none: `floor`, `min`, a condition
 */
export function derivativeOf(tree: Expression, name: string): Expression | undefined {
  // Positions are no symbols to mathjs, so every name gets one of its own.
  const names = namesOf(tree)
  const at = names.indexOf(name)
  if (at < 0) return { constant: 0 }
  const text = textOf(renamed(tree, names, name))
  try {
    const node = mathjs.derivative(text, symbolOf(at), { simplify: false })
    return tidied(treeFrom(node, names))
  } catch (error) {
    // It throws errors of no class of its own for what it cannot do.
    if (error instanceof Error) return undefined
    throw error
  }
}

const symbolOf = (k: number): string => `v${k}`

/** With symbols for names, and nothing that mathjs cannot derive where there is something instead. */
function renamed(tree: Expression, names: readonly string[], name: string): Expression {
  if ('constant' in tree) return tree
  if ('name' in tree) return { name: symbolOf(names.indexOf(tree.name)) }
  const operands = tree.arguments.map((each) => renamed(each, names, name))
  const [first] = operands
  const instead = INSTEAD[tree.call]
  return instead && first ? instead(first) : { call: tree.call, arguments: operands }
}

function treeFrom(node: MathNode, names: readonly string[]): Expression {
  const of = (each: MathNode): Expression => treeFrom(each, names)
  if (mathjs.isParenthesisNode(node)) return of(node.content)
  if (mathjs.isConstantNode(node) && typeof node.value === 'number') return { constant: node.value }
  if (mathjs.isSymbolNode(node)) return { name: names[Number(node.name.slice(1))] ?? node.name }
  if (mathjs.isFunctionNode(node)) {
    const [first, ...more] = node.args.map(of)
    const written = WRITTEN[node.fn.name]
    if (written && first) return written(first)
    return call(node.fn.name, ...(first ? [first, ...more] : []))
  }
  if (mathjs.isConditionalNode(node))
    return call('?:', of(node.condition), of(node.trueExpr), of(node.falseExpr))
  if (!mathjs.isOperatorNode(node)) throw new Error(`a ${node.type} in a derivative`)
  return call(node.fn === 'unaryMinus' ? 'unaryMinus' : node.op, ...node.args.map(of))
}

const call = (name: string, ...operands: Expression[]): Expression => ({
  call: name,
  arguments: operands,
})

const isConstant = (tree: Expression | undefined, value: number): boolean =>
  !!tree && 'constant' in tree && tree.constant === value

/** Without terms of 0 and factors of 1, of which symbolic derivatives are full. */
export function tidied(tree: Expression): Expression {
  if (!('call' in tree)) return tree
  const operands = tree.arguments.map(tidied)
  const [a, b] = operands
  const same: Expression = { call: tree.call, arguments: operands }
  if (!a) return same
  switch (tree.call) {
    case '+': {
      const some = operands.filter((each) => !isConstant(each, 0))
      return some.length === operands.length ? same : chain('+', some, 0)
    }
    case '*': {
      if (operands.some((each) => isConstant(each, 0))) return { constant: 0 }
      const some = operands.filter((each) => !isConstant(each, 1))
      return some.length === operands.length ? same : chain('*', some, 1)
    }
    case '-':
      if (isConstant(b, 0)) return a
      if (isConstant(a, 0) && b) return tidied(call('unaryMinus', b))
      return folded(same, a, b, (x, y) => x - y)
    case '/':
      return isConstant(a, 0) || isConstant(b, 1) ? a : same
    case '^':
      return isConstant(b, 1) ? a : same
    case 'unaryMinus':
      return 'constant' in a ? { constant: 0 - a.constant } : same
    default:
      return same
  }
}

function chain(name: string, operands: readonly Expression[], neutral: number): Expression {
  const [only] = operands
  if (!only) return { constant: neutral }
  return operands.length === 1 ? only : call(name, ...operands)
}

/** Of two whole numbers, as exponents are. */
function folded(
  same: Expression,
  a: Expression,
  b: Expression | undefined,
  apply: (x: number, y: number) => number,
): Expression {
  if (!b || !('constant' in a) || !('constant' in b)) return same
  const value = apply(a.constant, b.constant)
  return Number.isSafeInteger(value) ? { constant: value } : same
}
