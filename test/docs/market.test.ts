import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { COMMANDS } from '../../controller/cli/commands.ts'
import { readArguments } from '../../controller/cli/shell/arguments.ts'
import { expressionProblems } from '../../controller/core/expressionProblems.ts'
import { PUBLIC_PLAN } from '../../controller/io/chain/deploy.ts'
import { readJobs } from '../../controller/io/jobFiles.ts'

/** What the pages of the market say of commands, invariants and each other is so. */

const textOf = (path: string) =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')

t.test('every command line of the market pages is one that would be taken', async (t) => {
  let count = 0
  for (const page of ['docs/market.md', 'docs/testnet.md'])
    for (const [line] of textOf(page).matchAll(/^hypernet [^#\n]+/gm)) {
      const words = line.trim().split(/\s+/).slice(1)
      const command = COMMANDS.find(({ name }) => `${words.join(' ')} `.startsWith(`${name} `))
      t.ok(command, line)
      if (!command) continue
      count++
      const rest = words.slice(command.name.split(' ').length)
      t.equal(readArguments(command, rest).words, rest, line)
    }
  t.ok(count > 10, `${count} lines`)
})

t.test('the job of the page on a testnet is one that a new market there takes', async (t) => {
  const page = textOf('docs/testnet.md')
  const line = page.split('\n').find((each) => each.includes('market: { price')) ?? ''
  const head = 'apiVersion: hypernet.dev/v1\nkind: FusionJob\nmetadata: { name: a }\nspec:\n'
  const text = `${head}  model: { type: sum, response: x }\n${line}\n`
  const { jobs, mistakes } = await readJobs([{ name: 'job.yaml', text }], expressionProblems)
  t.strictSame(mistakes, [])
  const { window = 0 } = jobs[0]?.job.spec.market ?? {}
  t.ok(window >= 1000 * PUBLIC_PLAN.leastWindow, `${window} ms`)
  t.ok(window <= 1000 * PUBLIC_PLAN.mostWindow)
})

t.test('the page on operating names each command of the market and the chain', async (t) => {
  const rows = textOf('docs/operating.md').match(/^\| `hypernet (market|chain) .*$/gm) ?? []
  for (const group of ['market', 'chain']) {
    const text = rows.filter((row) => row.includes(`hypernet ${group} `)).join('\n')
    for (const { name } of COMMANDS.filter((each) => each.name.startsWith(`${group} `)))
      t.match(text, new RegExp(`\`(hypernet ${group} )?${name.split(' ')[1]}[\` ]`), name)
  }
})

t.test('the page on the contracts names each invariant that is tested', async (t) => {
  const tested = [
    ...textOf('test/contracts/Invariants.t.sol').matchAll(/function invariant_(\w+)/g),
  ]
  const told = [...textOf('contracts/README.md').matchAll(/^\| `(\w+)` \| [^|]+ \|$/gm)]
  const names = told.map(([, name]) => name)
  t.ok(tested.length > 0)
  for (const [, name = ''] of tested) t.ok(names.includes(name), name)
})

t.test('links between the pages lead somewhere', async (t) => {
  const pages = ['docs/market.md', 'docs/testnet.md', 'contracts/README.md']
  for (const page of pages)
    for (const [, to = ''] of textOf(page).matchAll(/\]\(([^)#\s]+)/g))
      t.ok(textOf(new URL(to, `file:///${page}`).pathname.slice(1)).length > 0, `${page}: ${to}`)
})
