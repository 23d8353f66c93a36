import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { chainFindings } from '../../../../controller/cli/doctor/chain.ts'
import { devKey } from '../../../../controller/io/chain/devKeys.ts'
import { startEmbedded } from '../../../../controller/io/chain/embedded.ts'
import { folder } from '../../../e2e/site.ts'

t.setTimeout(60_000)

t.test('tells of each node whether our market is there', async (t) => {
  const dir = folder(t)
  const { anvil, deployment, stop } = await startEmbedded()
  t.teardown(stop)
  const file = (name: string, change: object = {}) => {
    const path = join(dir, name)
    writeFileSync(path, JSON.stringify({ ...deployment, ...change }))
    return path
  }
  const urls = [anvil.url, 'http://127.0.0.1:1']
  const there = await chainFindings({ urls, deployment: file('market.json') })
  t.match(there, [
    { check: 'chain', state: 'ok', found: /is chain 31337, with our contracts/ },
    { check: 'chain', state: 'fail', found: /127\.0\.0\.1:1/, fix: /chain in controller\.yaml/ },
  ])
  const cases: [string, string, RegExp][] = [
    ['another chain', file('id.json', { chainId: 5 }), /has the id 31337, wanted 5/],
    ['other code', file('code.json', { vault: deployment.token }), /another contract than ours/],
    ['no file', join(dir, 'none.json'), /none\.json/],
  ]
  for (const [what, path, found] of cases)
    t.match(
      await chainFindings({ urls: [anvil.url], deployment: path }),
      [{ state: 'fail', found }],
      what,
    )
  const key = (name: string, text: string) => {
    const path = join(dir, name)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
  const gas = (relayKey: string) =>
    chainFindings({ urls: [anvil.url], deployment: file('market.json'), relayKey })
  t.match(await gas(key('rich.key', devKey())), [{}, { check: 'gas', state: 'ok' }])
  t.match(await gas(key('poor.key', '7'.repeat(64))), [
    {},
    { state: 'fail', found: /account 0x\w{40} has 0 coins/, fix: /^Send it about \d+\.\d+\.$/ },
  ])
  t.match(await chainFindings(undefined), [{ state: 'ok', found: /embedded/ }])
})
