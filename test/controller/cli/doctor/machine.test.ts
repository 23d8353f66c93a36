import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { SOFTWARE } from '../../../../agent/wire/version.ts'
import {
  clockFinding,
  keysFinding,
  mosquittoFinding,
  nodeFinding,
  processorFinding,
  stateFinding,
  versionFinding,
} from '../../../../controller/cli/doctor/machine.ts'

t.test('a Node that cannot run TypeScript fails', async (t) => {
  t.equal(nodeFinding('22.18.0').state, 'ok')
  t.equal(nodeFinding('24.0.0').state, 'ok')
  t.equal(nodeFinding('22.17.1').state, 'fail')
  t.strictSame(nodeFinding('20.20.2'), {
    check: 'node',
    state: 'fail',
    found: '20.20.2, wanted 22.18 or newer.',
    fix: 'Install a newer Node, or run: npm ci',
  })
})

t.test('a 32-bit processor fails', async (t) => {
  t.equal(processorFinding('arm64').state, 'ok')
  t.equal(processorFinding('arm').state, 'fail')
})

t.test('a clock before 2024 or after 2099 fails', async (t) => {
  t.equal(clockFinding(Date.UTC(2023, 11, 31, 23, 59, 59)).state, 'fail')
  t.equal(clockFinding(Date.UTC(2024, 0, 1)).state, 'ok')
  t.equal(clockFinding(Date.UTC(2099, 11, 31)).state, 'ok')
  t.equal(clockFinding(Date.UTC(2100, 0, 1)).state, 'fail')
  t.match(clockFinding(0), { found: '1970-01-01T00:00:00.000Z, wanted 2024 to 2099.', fix: /ntp/ })
})

t.test('a state folder that is not there yet can be made', async (t) => {
  const dir = t.testdir({ state: {} })
  t.match(await stateFinding(join(dir, 'state')), { state: 'ok', found: /is writable/ })
  t.match(await stateFinding(join(dir, 'a', 'b')), {
    state: 'ok',
    found: `will be made in ${dir}.`,
  })
})

t.test('a folder that cannot be written fails', async (t) => {
  // /proc takes no folders, from root either.
  t.match(await stateFinding('/proc'), { state: 'fail', found: /cannot write in \/proc \(E/ })
})

t.test('a key that others can read fails, wherever it lies in the folder', async (t) => {
  const dir = t.testdir({ 'operator.key': 'x', virtual: { a: { 'device.key': 'y' } }, other: 'z' })
  chmodSync(join(dir, 'operator.key'), 0o600)
  chmodSync(join(dir, 'virtual/a/device.key'), 0o640)
  const open = join(dir, 'virtual/a/device.key')
  t.strictSame(await keysFinding(dir), {
    check: 'keys',
    state: 'fail',
    found: `others can read ${open}.`,
    fix: `Run: chmod 600 ${open}`,
  })
  chmodSync(open, 0o600)
  t.match(await keysFinding(dir), { state: 'ok', found: '2 with mode 600.' })
  t.match(await keysFinding(join(dir, 'nowhere')), { state: 'ok', found: 'none yet.' })
  const elsewhere = join(dir, 'other')
  chmodSync(elsewhere, 0o644)
  const named = await keysFinding(join(dir, 'nowhere'), [elsewhere, join(dir, 'missing')])
  t.strictSame(named.fix, `Run: chmod 600 ${elsewhere}`)
})

t.test('Mosquitto is optional', async (t) => {
  const dir = t.testdir({ mosquitto: '', mosquitto_sub: '' })
  for (const tool of ['mosquitto', 'mosquitto_sub']) chmodSync(join(dir, tool), 0o755)
  t.match(await mosquittoFinding(dir), { state: 'ok' })
  const { state } = await mosquittoFinding(t.testdir({}))
  t.not(state, 'fail')
})

t.test('versions that differ fail', async (t) => {
  t.equal(versionFinding(SOFTWARE, undefined).state, 'ok')
  t.equal(versionFinding(SOFTWARE, SOFTWARE).state, 'ok')
  t.equal(versionFinding('0.0.1', undefined).state, 'fail')
  t.match(versionFinding(SOFTWARE, '0.0.1'), { state: 'fail', found: /controller 0\.0\.1\.$/ })
})
