import type { MathNode } from 'mathjs'
import mathjs from 'mathjs/lib/browser/math.js'
import { type Expression, tokensOf } from '../../agent/fusion/expression.ts'
import { functionOf } from '../../agent/fusion/functions.ts'
import { HypernetError } from '../../agent/wire/errors.ts'
import { LIMITS } from '../../agent/wire/limits.ts'
import {
  type ExpressionProblem,
  isWordOperator,
  type Token,
  tokensIn,
  wordProblem,
} from './expressionTokens.ts'

/** Longest formula, in characters. */
const CHARACTERS = 1000

/**
 * Reads a formula as a person writes it, in the syntax of mathjs: `log(zinc)`, `x^2`, `a > 3 and b < 2`.
 * Names are ids of sensors and position.x, position.y, position.z; `pi` is the number. Our own look at
 * the words comes first, so that mathjs meets only short, shallow text of known words, and decides on
 * precedence and parentheses alone.
 */
export function parseExpression(text: string): { readonly tree: Expression } | ExpressionProblem {
  if (text.length > CHARACTERS)
    return { offset: 0, text: `found ${text.length} characters, wanted at most ${CHARACTERS}.` }
  if (text.trim() === '')
    return { offset: 0, text: 'found "", wanted an expression such as log(zinc).' }
  const tokens = tokensIn(text)
  if ('offset' in tokens) return tokens
  const wrong = wordProblem(tokens) ?? parentheses(tokens)
  if (wrong) return wrong
  try {
    const calls = tokens.filter(({ kind }) => kind === 'call')
    const tree = treeFrom(mathjs.parse(text), { calls, next: 0 })
    tokensOf(tree) // refuses what is too large or deep
    return { tree }
  } catch (error) {
    return problemFrom(error, text)
  }
}

function parentheses(tokens: readonly Token[]): ExpressionProblem | undefined {
  const open: number[] = []
  for (const { text, offset } of tokens) {
    if (text === '(') open.push(offset)
    if (text === ')' && open.pop() === undefined)
      return { offset, text: 'found a ")" that closes nothing. Delete it.' }
    if (open.length > LIMITS.expressionDepth)
      return {
        offset,
        text: `nested more than ${LIMITS.expressionDepth} levels deep. Write it shorter.`,
      }
  }
  const unclosed = open.pop()
  if (unclosed === undefined) return undefined
  return { offset: unclosed, text: 'the "(" opened here is never closed. Add the ")".' }
}

/** Names followed by parentheses in the order of the text, which is that of the tree from the left. */
interface Calls {
  readonly calls: readonly Token[]
  next: number
}

class Refused extends Error {
  readonly problem: ExpressionProblem
  constructor(problem: ExpressionProblem) {
    super(problem.text)
    this.problem = problem
  }
}

function treeFrom(node: MathNode, calls: Calls): Expression {
  if (mathjs.isParenthesisNode(node)) return treeFrom(node.content, calls)
  if (mathjs.isConstantNode(node) && typeof node.value === 'number') return { constant: node.value }
  if (mathjs.isSymbolNode(node)) return named(node.name)
  if (mathjs.isAccessorNode(node)) return { name: `position.${node.name}` }
  if (mathjs.isConditionalNode(node)) {
    const parts = [node.condition, node.trueExpr, node.falseExpr]
    return { call: '?:', arguments: parts.map((part) => treeFrom(part, calls)) }
  }
  if (mathjs.isFunctionNode(node)) {
    const at = calls.calls[calls.next++]?.offset ?? 0
    const name = node.fn.name
    const operands = node.args.map((operand) => treeFrom(operand, calls))
    return { call: counted(name, operands.length, at), arguments: operands }
  }
  if (mathjs.isOperatorNode(node)) {
    const operands = node.args.map((operand) => treeFrom(operand, calls))
    const [first] = operands
    if (node.fn === 'unaryPlus' && first) return first
    if (node.fn === 'unaryMinus' && first)
      return 'constant' in first
        ? { constant: -first.constant }
        : { call: node.fn, arguments: operands }
    if (functionOf(node.op)) return { call: node.op, arguments: operands }
  }
  if (mathjs.isRelationalNode(node))
    throw new Refused({ offset: 0, text: 'found two comparisons in a row. Write a < b and b < c.' })
  if (node.type === 'RangeNode')
    throw new Refused({ offset: 0, text: 'found a ":" without a "?" before it.' })
  throw new Refused({
    offset: 0,
    text: `found ${mathjs.isOperatorNode(node) ? `the operator ${node.op}` : `a ${node.type}`}, wanted numbers, names, functions and operators.`,
  })
}

function named(name: string): Expression {
  if (name === 'pi') return { constant: Math.PI }
  if (!isWordOperator(name)) return { name }
  throw new Refused({ offset: 0, text: `"${name}" stands where a value was wanted.` })
}

function counted(name: string, count: number, offset: number): string {
  const known = functionOf(name)
  if (known && count >= known.least && count <= known.most) return name
  const least = known?.least ?? 0
  const wanted = known?.most === least ? `${least}` : `${least} or more`
  const range = known?.most === least + 1 ? `${least} or ${known.most}` : wanted
  throw new Refused({
    offset,
    text: `${name} takes ${range} ${range === '1' ? 'operand' : 'operands'}, found ${count}.`,
  })
}

/** Words for what mathjs or the limits refused. */
function problemFrom(error: unknown, text: string): ExpressionProblem {
  if (error instanceof Refused) return error.problem
  if (error instanceof HypernetError && error.code === 'BAD_EXPRESSION')
    return { offset: 0, text: `${error.message}.` }
  if (error instanceof RangeError)
    return { offset: 0, text: 'nested too deeply. Write it shorter.' }
  const char = (error as { char?: unknown }).char
  if (!(error instanceof SyntaxError) || typeof char !== 'number') throw error
  const offset = Math.min(Math.max(char - 1, 0), text.length)
  const found = /^\s*(\w+|[<>=!]=|\S|)/.exec(text.slice(offset))?.[1] ?? ''
  if (found === '') return { offset, text: 'the expression ends where a value was wanted.' }
  if (found === ',')
    return { offset, text: 'found "," outside of a function. Numbers have a decimal point.' }
  if (/conditional/.test(error.message))
    return { offset, text: 'found no ":" to this "?". Write condition ? value : other value.' }
  return { offset, text: `found "${found}" where a value was wanted. Is an operand missing?` }
}
