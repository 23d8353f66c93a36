import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { builtMethods } from '../methods.ts'
import { type Edit, planted } from './bug.ts'
import { bugs } from './bugs.ts'
import { hunt } from './hunt.ts'
import { knownSeeds } from './seeds.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

t.test('every bug of the list can be planted in the source as it is', (t) => {
  const seeds = knownSeeds()
  t.ok(seeds.size >= 20, `${seeds.size} bugs that the swarm finds`)
  for (const name of seeds.keys())
    t.ok(
      bugs.some((bug) => bug.name === name),
      `${name} stands in the list`,
    )
  t.equal(new Set(bugs.map(({ name }) => name)).size, bugs.length, 'names are given once')
  for (const { name, says, method, edits } of bugs) {
    t.ok(builtMethods().includes(method), name)
    t.match(says, /^[A-Z].*\.$/, name)
    const texts = new Map<string, string>()
    for (const edit of edits) {
      const before = texts.get(edit.file) ?? readFileSync(`${root}${edit.file}`, 'utf8')
      const after = planted(before, edit)
      t.not(after, before, `${name} changes ${edit.file}`)
      texts.set(edit.file, after)
    }
  }
  t.end()
})

t.test('a patch whose place has moved is told', (t) => {
  const edit: Edit = { file: 'a.ts', find: 'one', put: 'two' }
  t.equal(planted('is one here', edit), 'is two here')
  t.throws(() => planted('is none here', { ...edit, find: 'once' }), /found it 0 times/)
  t.throws(() => planted('one and one', edit), /found it 2 times/)
  t.end()
})

/** Five of different parts of the protocol, which few seeds bring to light. */
const SAMPLE = [
  'reborn-neighbor-keeps-its-entries',
  'waits-for-the-dead',
  'sent-is-held',
  'epoch-label-ignored',
  'seal-names-the-roster',
]
const REACH = { from: 1, seeds: 200, milliseconds: 120_000 }
t.setTimeout(SAMPLE.length * 1.5 * REACH.milliseconds)

for (const name of SAMPLE)
  t.test(`the swarm finds ${name}`, async (t) => {
    const bug = bugs.find((each) => each.name === name)
    if (!bug) throw new Error(`no bug ${name}`)
    const { found, verdict, seed, seconds } = await hunt(bug, REACH, knownSeeds().get(name))
    t.ok(found, `${verdict} at seed ${seed} after ${seconds} s`)
  })
