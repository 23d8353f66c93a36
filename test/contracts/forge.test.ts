import t from 'tap'
import { compiledFiles, contractFiles } from '../../docs/generator/contracts.ts'
import { forge } from './forge.ts'

/** The contracts' own tests, written in Solidity: each is one assertion here. No network is needed. */
t.setTimeout(10 * 60_000)

/** What forge says of one test. */
interface Verdict {
  readonly status: 'Success' | 'Failure' | 'Skipped'
  readonly reason: string | null
  readonly counterexample: unknown
}

t.test('the tests of the contracts pass', async (t) => {
  const { code, output } = await forge(['test', '--json'])
  const line = output.split('\n').find((each) => each.startsWith('{'))
  if (line === undefined) {
    t.fail(`forge printed no result: ${output.slice(-2000)}`)
    return
  }
  const suites = JSON.parse(line) as Record<string, { test_results: Record<string, Verdict> }>
  let count = 0
  for (const [suite, { test_results: results }] of Object.entries(suites))
    for (const [name, { status, reason, counterexample }] of Object.entries(results)) {
      count++
      const why = reason ?? ''
      t.equal(status, 'Success', `${suite.split(':')[1]} ${name}`, { why, counterexample })
    }
  t.equal(code, 0)
  t.ok(count > 50, `${count} tests`)
})

t.test('every branch of the contracts is covered', async (t) => {
  // The walk of the handler is no test of a branch, and takes long.
  const { output } = await forge([
    'coverage',
    '--report',
    'summary',
    '--no-match-test',
    'invariant|theHandler',
  ])
  const rows = output.split('\n').filter((line) => line.includes('contracts/src/'))
  t.ok(rows.length >= 10, `${rows.length} files are listed`)
  for (const row of rows) {
    const [, file = '', , , branches = ''] = row.split('|').map((cell) => cell.trim())
    t.comment(`${file}: branches ${branches}`)
    t.match(branches, /^(100\.00% |0\.00% \(0\/0\))/, `${file}: all branches`)
  }
})

t.test('the code that the controller deploys is that of the sources', async (t) => {
  t.strictSame(
    [...compiledFiles()],
    [...contractFiles()],
    'npm run generate brings them up to date',
  )
})
