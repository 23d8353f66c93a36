import t from 'tap'
import { type Counts, missingInFew } from './model/coverage.ts'
import { replayCommand, SideBySide } from './model/run.ts'

/** Random scripts on the reference model (model/rules) and on the contracts as deployed: not one unit may differ. */

const SCRIPTS = 50
/** The same scripts each time; `npm run model-check` draws new ones. */
const FIRST = 1000
/** Of running scripts: more than `SCRIPTS` only until they have reached everything. */
const MOST_MS = 120_000

t.setTimeout(2 * MOST_MS)

t.test('model and contracts agree', async (t) => {
  const both = await SideBySide.start()
  t.teardown(() => both.stop())
  const counts: Counts = new Map()
  const until = performance.now() + MOST_MS
  let done = 0
  for (; performance.now() < until; done++) {
    if (done >= SCRIPTS && missingInFew(counts).length === 0) break
    const difference = await both.script(FIRST + done, counts)
    if (!difference) continue
    const { what, call, step } = difference
    t.fail(`step ${step}: ${what.join('; ')}; replay: ${replayCommand(difference)}`, { what, call })
    return
  }
  t.ok(done >= SCRIPTS, `${done} scripts`)
  t.strictSame(missingInFew(counts), [], 'scripts reach every ending and error')
})
