import t from 'tap'
import { data, dataConflicts } from '../../../agent/wire/jobData.ts'

const given = { file: 'rows.csv', shards: 4, replicas: 3 }
const spec = (window: object, method = 'auto', replicas = 3) => ({
  data: { ...given, replicas },
  window,
  consensus: { method },
})

t.test('one device a shard, or three and more', async (t) => {
  for (const replicas of [1, 3, 16]) t.ok(data.safeParse({ ...given, replicas }).success)
  for (const replicas of [0, 2, 17, 3.5]) t.notOk(data.safeParse({ ...given, replicas }).success)
  t.equal(data.parse({ file: 'rows.csv', shards: 4 }).replicas, 1)
  for (const file of ['', ' ']) t.notOk(data.safeParse({ ...given, file }).success)
})

t.test('rows that travel take the place of readings', async (t) => {
  t.strictSame(dataConflicts(spec({})), [])
  t.strictSame(dataConflicts({ window: { size: 1 }, consensus: { method: 'flood' } }), [])
  const paths = dataConflicts(spec({ size: 1, follow: 1 })).map(({ path }) => path)
  t.strictSame(paths, [
    ['window', 'size'],
    ['window', 'follow'],
  ])
})

t.test('replicas are compared by one method alone', async (t) => {
  t.strictSame(dataConflicts(spec({}, 'commit')), [])
  t.strictSame(dataConflicts(spec({}, 'tree', 1)), [])
  t.match(dataConflicts(spec({}, 'tree')), [{ path: ['consensus', 'method'], text: /"tree"/ }])
})
