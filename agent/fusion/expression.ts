import { HypernetError } from '../wire/errors.ts'
import { quote, SENSOR_ID } from '../wire/ids.ts'
import { LIMITS } from '../wire/limits.ts'
import type { ExpressionTokens } from '../wire/modelMessage.ts'
import { type FusionFunction, functionOf } from './functions.ts'

/** A checked formula over names of sensors and `position.x`, `position.y`, `position.z`. */
export type Expression =
  | { readonly constant: number }
  | { readonly name: string }
  | { readonly call: string; readonly arguments: readonly Expression[] }

/** The value that a name has in one row; `null` or nothing where it is missing. */
export type Lookup = (name: string) => number | null | undefined

export const POSITION_NAMES: readonly string[] = ['position.x', 'position.y', 'position.z']

/** Operators of many operands: `(a + b) + c` is the same as `+` of three, operand by operand. */
const CHAINS: ReadonlySet<string> = new Set(['+', '*', 'and', 'or'])
const LEFT_TO_RIGHT: ReadonlySet<string> = new Set([...CHAINS, '-', '/'])

/**
 * Reads the flat prefix form of messages.ts.
 * @throws HypernetError `BAD_EXPRESSION` for unknown functions or names, wrong counts, what is left over,
 * and trees deeper or larger than the limits
 */
export function treeOf(tokens: ExpressionTokens): Expression {
  if (tokens.length > LIMITS.expressionNodes) tooLarge('nodes', LIMITS.expressionNodes)
  let next = 0
  const read = (depth: number): Expression => {
    if (depth > LIMITS.expressionDepth) tooLarge('levels', LIMITS.expressionDepth)
    const token = tokens[next++]
    if (token === undefined) fail('an expression ends before its last operand')
    if (typeof token === 'string') return { name: checkedName(token) }
    if (typeof token === 'number') return { constant: checkedConstant(token) }
    if (token instanceof Float64Array) return { constant: checkedConstant(token[0] ?? NaN) }
    const [call, count] = token
    checkedFunction(call, count)
    const operands: Expression[] = []
    for (let k = 0; k < count; k++) operands.push(read(depth + 1))
    return { call, arguments: operands }
  }
  const tree = read(1)
  if (next < tokens.length)
    fail(`an expression ends ${tokens.length - next} tokens before its list`)
  return tree
}

/**
 * Writes the flat prefix form. Chains such as `(a + b) + c` become one operator of three operands, which
 * changes no value and keeps long sums flat.
 * @throws HypernetError `BAD_EXPRESSION` as treeOf
 */
export function tokensOf(tree: Expression): ExpressionTokens {
  const tokens: ExpressionTokens = []
  const write = (node: Expression, depth: number): void => {
    if (depth > LIMITS.expressionDepth) tooLarge('levels', LIMITS.expressionDepth)
    if (tokens.length >= LIMITS.expressionNodes) tooLarge('nodes', LIMITS.expressionNodes)
    if ('name' in node) tokens.push(checkedName(node.name))
    else if ('constant' in node) tokens.push(constantToken(node.constant))
    else {
      const operands = chained(node.call, node.arguments)
      checkedFunction(node.call, operands.length)
      tokens.push([node.call, operands.length])
      for (const operand of operands) write(operand, depth + 1)
    }
  }
  write(tree, 1)
  return tokens
}

/** Turns a tree into a function once, so that a row costs no search by name. A missing name gives NaN. */
export function compile(tree: Expression): (lookup: Lookup) => number {
  if ('constant' in tree) return () => tree.constant
  if ('name' in tree) return (lookup) => lookup(tree.name) ?? NaN
  const { apply } = checkedFunction(tree.call, tree.arguments.length)
  const [first, second, ...more] = tree.arguments.map(compile)
  if (!first) return () => apply()
  if (!second) return (lookup) => apply(first(lookup))
  if (more.length === 0) return (lookup) => apply(first(lookup), second(lookup))
  return (lookup) => apply(first(lookup), second(lookup), ...more.map((operand) => operand(lookup)))
}

/** The value for one row; NaN where a name is missing or a function is outside its domain. */
export function evaluate(tree: Expression, lookup: Lookup): number {
  return compile(tree)(lookup)
}

/** The names that an expression reads, each once, in order of first use. */
export function namesOf(tree: Expression): string[] {
  const names = new Set<string>()
  const visit = (node: Expression): void => {
    if ('name' in node) names.add(node.name)
    else if ('call' in node) node.arguments.forEach(visit)
  }
  visit(tree)
  return [...names]
}

/** The formula as a person writes it, with no more parentheses than it needs. */
export function textOf(tree: Expression): string {
  return written(tree, 0)
}

function written(tree: Expression, outer: number): string {
  if ('name' in tree) return tree.name
  if ('constant' in tree) {
    return tree.constant < 0 && outer > 6 ? `(${tree.constant})` : String(tree.constant)
  }
  const binds = functionOf(tree.call)?.binds
  if (binds === undefined) {
    return `${tree.call}(${tree.arguments.map((operand) => written(operand, 0)).join(', ')})`
  }
  const text = infix(tree.call, tree.arguments, binds)
  return binds < outer ? `(${text})` : text
}

function infix(call: string, operands: readonly Expression[], binds: number): string {
  const tight = (operand: Expression): string => written(operand, binds + 1)
  if (call === 'unaryMinus') return `-${operands.map(tight).join('')}`
  if (call === 'not') return `not ${operands.map(tight).join('')}`
  if (call === '?:') {
    const [condition, yes, no] = operands.map(tight)
    return `${condition} ? ${yes} : ${no}`
  }
  // Powers and comparisons do not chain: either side takes parentheses.
  const leftBinds = LEFT_TO_RIGHT.has(call) ? binds : binds + 1
  return operands
    .map((operand, k) => written(operand, k === 0 ? leftBinds : binds + 1))
    .join(call === '^' ? '^' : ` ${call} `)
}

/** The operands of a chain, with those of a chain of the same operator in first place put in. */
function chained(call: string, operands: readonly Expression[]): Expression[] {
  const groups: (readonly Expression[])[] = []
  let rest = operands
  for (;;) {
    const [first, ...others] = rest
    if (!CHAINS.has(call) || !first || !('call' in first) || first.call !== call) break
    groups.push(others)
    rest = first.arguments
  }
  return [...rest, ...groups.reverse().flat()]
}

function constantToken(constant: number): number | Float64Array<ArrayBuffer> {
  const value = checkedConstant(constant)
  return Number.isSafeInteger(value) ? value : Float64Array.of(value)
}

/** -0 becomes 0, as it would on its way through an integer. */
function checkedConstant(constant: number): number {
  if (!Number.isFinite(constant)) fail(`a constant must be a finite number, found ${constant}`)
  return constant + 0
}

function checkedName(name: string): string {
  if (POSITION_NAMES.includes(name)) return name
  if (SENSOR_ID.test(name)) return name
  return fail(`wanted the id of a sensor or ${POSITION_NAMES.join(', ')}, found ${quote(name)}`)
}

function checkedFunction(call: string, count: number): FusionFunction {
  const known = functionOf(call)
  if (!known) return fail(`there is no function or operator ${quote(call)}`)
  if (count >= known.least && count <= known.most) return known
  const wanted = known.least === known.most ? `${known.least}` : `${known.least} to ${known.most}`
  return fail(`${quote(call)} takes ${wanted} operands, found ${count}`)
}

function tooLarge(what: string, limit: number): never {
  fail(`an expression may have ${limit} ${what}; split it or write it shorter`)
}

function fail(message: string): never {
  throw new HypernetError('BAD_EXPRESSION', message)
}
