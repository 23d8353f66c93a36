import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { jobId, nodeId } from '../../../agent/wire/ids.ts'
import { openStore, type Store, type StoredRoster } from '../../../controller/io/store.ts'
import { MIGRATIONS } from '../../../controller/io/storeSchema.ts'

const job = jobId('soil')
const bytes = (...values: number[]) => Uint8Array.from(values)
const roster = (generation: number, fields: Partial<StoredRoster> = {}): StoredRoster => ({
  generation,
  hash: bytes(generation),
  payload: bytes(1, generation),
  signed: bytes(2, generation),
  firstEpoch: 0,
  at: 1000 + generation,
  ...fields,
})
const withJob = (path = ':memory:'): Store => {
  const store = openStore(path)
  store.write(true, () => store.saveJob({ job, active: true, state: '{"phase":"pending"}' }))
  return store
}

t.test('what was written is read back after the file was closed', async (t) => {
  const path = join(t.testdir(), 'state', 'hypernet.sqlite')
  const store = withJob(path)
  store.write(true, () => {
    store.saveOrder(job, { generation: 1, payload: bytes(1), signed: bytes(2) })
    store.saveOrder(job, { generation: 2, payload: bytes(3), signed: bytes(4) })
    store.saveRoster(job, roster(1))
    store.saveReport(job, bytes(1), { epoch: 0, node: nodeId('a'), bytes: bytes(9) })
    store.saveResult(job, 1, { epoch: 0, at: 5, document: '{"mean":1}' })
    store.pin(nodeId('a'), '02ab')
  })
  store.close()
  const again = openStore(path)
  t.same(again.jobs(), [{ job, active: true, state: '{"phase":"pending"}' }])
  t.same(again.job(jobId('none')), undefined)
  t.same(again.order(job), { generation: 2, payload: bytes(3), signed: bytes(4) })
  t.same(again.rosters(job, 5), [roster(1)])
  t.same(again.reports(job, bytes(1)), [{ epoch: 0, node: 'a', bytes: bytes(9) }])
  t.same(again.reports(job, bytes(2)), [])
  t.same(again.results(job, 5), [{ epoch: 0, at: 5, document: '{"mean":1}' }])
  t.same(again.pins(), [['a', '02ab']])
  again.close()
})

t.test('the file and its folder belong to their owner alone', async (t) => {
  const path = join(t.testdir(), 'state', 'hypernet.sqlite')
  openStore(path).close()
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.equal(statSync(join(path, '..')).mode & 0o777, 0o700)
  chmodSync(path, 0o644)
  openStore(path).close()
  t.equal(statSync(path).mode & 0o777, 0o600, 'also where it was open to others')
})

t.test('a transaction that fails leaves nothing behind', async (t) => {
  const store = withJob()
  t.throws(() =>
    store.write(true, () => {
      store.saveRoster(job, roster(1))
      throw new Error('the power fails here')
    }),
  )
  t.same(store.rosters(job, 5), [])
  store.write(false, () => store.saveRoster(job, roster(2)))
  t.equal(store.rosters(job, 5).length, 1, 'and the next one works')
  store.close()
})

t.test('prune keeps the newest rosters and results, and reports that belong to them', async (t) => {
  const store = withJob()
  store.write(true, () => {
    for (const generation of [1, 2, 3]) {
      store.saveRoster(job, roster(generation))
      for (const epoch of [0, 1, 2])
        store.saveReport(job, bytes(generation), { epoch, node: nodeId('a'), bytes: bytes(epoch) })
      store.saveResult(job, 1, { epoch: generation, at: generation, document: '{}' })
    }
    store.prune(job, { rosters: 2, results: 2, reportsFrom: 1 })
  })
  t.same(
    store.rosters(job, 9).map(({ generation }) => generation),
    [3, 2],
  )
  t.same(
    store.results(job, 9).map(({ epoch }) => epoch),
    [3, 2],
  )
  t.same(store.reports(job, bytes(1)), [])
  t.same(
    store.reports(job, bytes(3)).map(({ epoch }) => epoch),
    [1, 2],
  )
  store.close()
})

t.test('a later run under the same name has the newest results first', async (t) => {
  const store = withJob()
  store.write(true, () => {
    store.saveResult(job, 1, { epoch: 7, at: 1, document: '"old"' })
    store.saveResult(job, 2, { epoch: 0, at: 2, document: '"new"' })
  })
  t.equal(store.results(job, 1)[0]?.document, '"new"')
  store.close()
})

t.test('a job that is removed takes all of its own along but its generations', async (t) => {
  const store = withJob()
  store.write(true, () => {
    store.saveOrder(job, { generation: 1, payload: bytes(1), signed: bytes(2) })
    store.saveRoster(job, roster(1))
    store.saveReport(job, bytes(1), { epoch: 0, node: nodeId('a'), bytes: bytes(9) })
    store.saveResult(job, 1, { epoch: 0, at: 5, document: '{}' })
  })
  store.write(true, () => store.removeJob(job, { generation: 7, rosterGeneration: 9 }))
  t.same(store.retired(job), { generation: 7, rosterGeneration: 9 }, 'but its generations')
  t.same([store.jobs(), store.order(job), store.rosters(job, 9)], [[], undefined, []])
  t.same([store.reports(job, bytes(1)), store.results(job, 9)], [[], []])
  store.close()
})

t.test('a store of a newer hypernet is refused and not touched', async (t) => {
  const path = join(t.testdir(), 'hypernet.sqlite')
  openStore(path).close()
  const newer = new DatabaseSync(path)
  newer.exec(`INSERT INTO migration (version, at) VALUES (${MIGRATIONS.length + 1}, 'later')`)
  newer.close()
  t.throws(() => openStore(path), {
    code: 'STORE_FAILED',
    message: /has schema version \d+, this hypernet knows up to \d+; use the newer hypernet/,
  })
})

t.test('a file that is no store is refused with its name', async (t) => {
  const path = join(t.testdir(), 'hypernet.sqlite')
  writeFileSync(path, 'these are my notes, not a database; '.repeat(100))
  t.throws(() => openStore(path), {
    code: 'STORE_FAILED',
    message: /hypernet\.sqlite: .*not a database/,
  })
})

t.test('a second writer is told that another controller has the folder', async (t) => {
  const path = join(t.testdir(), 'hypernet.sqlite')
  const store = withJob(path)
  const other = new DatabaseSync(path)
  other.exec('BEGIN IMMEDIATE')
  t.throws(() => store.write(true, () => store.saveRoster(job, roster(1))), {
    code: 'STORE_FAILED',
    message: /another controller uses this state folder/,
  })
  other.exec('ROLLBACK')
  other.close()
  store.close()
})

t.test('a process killed in the middle loses no transaction that it had ended', async (t) => {
  const path = join(t.testdir(), 'hypernet.sqlite')
  withJob(path).close()
  const source = new URL('../../../controller/io/store.ts', import.meta.url).href
  // Writes a report and tells its number, as fast as it can, until it is killed.
  const script = `
    import { openStore } from '${source}'
    const store = openStore(${JSON.stringify(path)})
    for (let epoch = 0; ; epoch++) {
      store.write(epoch % 8 === 0, () => {
        store.saveReport('soil', Uint8Array.of(1), { epoch, node: 'a', bytes: Uint8Array.of(1) })
        store.saveResult('soil', 1, { epoch, at: epoch, document: '{}' })
      })
      process.stdout.write(epoch + '\\n')
    }`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let last = -1
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    last = Number(line)
    if (last === 200) child.kill('SIGKILL')
  })
  const [, signal] = (await once(child, 'exit')) as [unknown, string]
  if (child.stdout.readable) await once(lines, 'close')
  t.equal(signal, 'SIGKILL')
  const store = openStore(path)
  const reports = store.reports(job, bytes(1)).length
  t.ok(reports > last, `it told ${last + 1} transactions, the store has ${reports}`)
  t.equal(store.results(job, 1_000_000).length, reports, 'each transaction whole')
  store.close()
})
