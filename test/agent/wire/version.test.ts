import { readFileSync } from 'node:fs'
import t from 'tap'
import { PROTOCOL, SOFTWARE } from '../../../agent/wire/version.ts'

t.test('the software version is the one of package.json', async (t) => {
  const path = new URL('../../../package.json', import.meta.url)
  t.equal(SOFTWARE, JSON.parse(readFileSync(path, 'utf8')).version)
  t.equal(PROTOCOL, 1)
})
