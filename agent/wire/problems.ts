import * as z from 'zod/mini'
import { quote } from './ids.ts'
import { type Path, pathText } from './mistake.ts'
import { homeOf } from './schemaKeys.ts'
import { describe, gluedText } from './words.ts'

/** What is wrong with a value, before anybody knows where in a file it stands. */
export interface Problem {
  readonly path: Path
  /** Whether the key itself is the mistake, or its value. */
  readonly part: 'key' | 'value'
  /** What was found, what was wanted, what to do. */
  readonly text: string
  /** Character of the text at `path`, from 0, where the mistake begins. */
  readonly offset?: number
}

/** Checks a value against a schema; gives it with its defaults, or every problem at once. */
export function checkValue<T>(
  schema: z.ZodMiniType<T>,
  value: unknown,
): { readonly value: T; readonly problems: [] } | { readonly problems: Problem[] } {
  const result = z.safeParse(schema, value, { error: describe })
  if (result.success) return { value: result.data, problems: [] }
  const { issues } = result.error
  // What compares fields misleads while a key is misspelled, and so seems to be missing.
  const misspelled = issues.some(({ code }) => code === 'unrecognized_keys')
  const counted = issues.filter((issue) => !misspelled || !isCross(issue))
  const problems = withoutEchoes(counted.flatMap((issue) => problemsOf(issue, [])))
  return { problems: problems.map((problem) => withHome(schema, problem)) }
}

type Issue = z.core.$ZodIssue

const isCross = (issue: Issue): boolean => issue.code === 'custom' && issue.params?.cross === true

function problemsOf(issue: Issue, before: Path): Problem[] {
  const path = [
    ...before,
    ...issue.path.map((step) => (typeof step === 'number' ? step : String(step))),
  ]
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key, i) => ({
      path: [...path, key],
      part: 'key' as const,
      text: issue.message.split('\n')[i] ?? '',
    }))
  if (issue.code === 'invalid_union') {
    const branch = branchOf(issue.errors)
    if (branch) return branch.flatMap((inner) => problemsOf(inner, path))
  }
  // A key that is refused as such: `notBuilt`.
  if (issue.code === 'invalid_type' && issue.expected === 'never')
    return [{ path, part: 'key', text: issue.message }]
  if (issue.code === 'invalid_key') {
    const glued = gluedText(String(issue.path.at(-1)))
    const text = glued ?? issue.issues[0]?.message ?? issue.message
    return [{ path, part: 'key', text }]
  }
  return [{ path, part: 'value', text: issue.message }]
}

/**
 * The alternative of a union that the value was meant to be: the only one whose kind of value fits or, of several
 * maps, the one whose keys are there.
 */
function branchOf(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const fitting = branches.filter(
    (issues) =>
      !issues.some(
        ({ code, path }) =>
          path.length === 0 && (code === 'invalid_type' || code === 'invalid_value'),
      ),
  )
  const strange = fitting.map(strangeKeys)
  const least = Math.min(...strange)
  const nearest = fitting.filter((_, i) => strange[i] === least)
  return nearest.length === 1 ? nearest[0] : undefined
}

/** Keys that are unknown to an alternative, or that it lacks. */
const strangeKeys = (issues: readonly Issue[]): number =>
  issues.reduce((all, { code, keys, path, input }: StrangeIssue) => {
    if (code === 'unrecognized_keys' && path.length === 0) return all + (keys?.length ?? 0)
    return all + (code === 'invalid_type' && path.length === 1 && input === undefined ? 1 : 0)
  }, 0)
type StrangeIssue = Pick<Issue, 'code' | 'path' | 'input'> & { readonly keys?: readonly string[] }

/** How words.ts says which key an unknown one stands for. */
const MEANT = /(?:Did you mean|Here it is called|no space behind) "(.*?):?"/

/** A key that is missing only because it was misspelled is one mistake, not two. */
function withoutEchoes(problems: readonly Problem[]): Problem[] {
  const meant = new Set(
    problems.flatMap(({ path, part, text }) => {
      const [, name] = part === 'key' ? (MEANT.exec(text) ?? []) : []
      return name === undefined ? [] : [JSON.stringify([...path.slice(0, -1), name])]
    }),
  )
  return problems.filter(
    ({ path, text }) => !(text.startsWith('missing') && meant.has(JSON.stringify(path))),
  )
}

/** A key that stands in the wrong map, often by a wrong indentation, is told where it belongs. */
function withHome(schema: z.ZodMiniType, problem: Problem): Problem {
  const key = problem.path.at(-1)
  if (
    problem.part !== 'key' ||
    typeof key !== 'string' ||
    !/Keys here are|Here it is called/.test(problem.text)
  )
    return problem
  const home = homeOf(schema, key)
  if (home === undefined) return problem
  const place = pathText(problem.path.slice(0, -1)).replace(/\[\d+\]/g, '[]')
  // An option of another alternative, such as `terms` of a model that has none.
  if (home === place)
    return { ...problem, text: problem.text.replace('unknown key.', 'no key of this type.') }
  // What is meant is here under another name, unless a line of a map below was indented too little.
  const isBelow = place === '' || home.startsWith(`${place}.`)
  if (problem.text.includes('Here it is called') && !isBelow) return problem
  const where = home === '' ? 'at the top, not indented' : `under ${home}`
  return {
    ...problem,
    text: `${quote(key)} does not belong here, but ${where}. Check the indentation.`,
  }
}
