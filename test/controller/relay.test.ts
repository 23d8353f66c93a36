import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { ControllerConfig } from '../../controller/config.ts'
import { startRelay } from '../../controller/relay.ts'
import { folder } from '../e2e/site.ts'

t.setTimeout(60_000)

t.test('a relay that cannot reach the broker says so, and leaves nothing open', async (t) => {
  const config = ControllerConfig.parse({
    fleet: 'site',
    broker: { external: { url: 'mqtt://127.0.0.1:1', username: 'relay' } },
    chain: { embedded: true },
  })
  const dir = folder(t)
  // What stays open, a store, a chain, keeps this test from ending, or from beginning again.
  for (let i = 0; i < 2; i++)
    await t.rejects(startRelay(config, { log: () => {}, folder: dir }), { code: 'BROKER_LOST' })
})

t.test('a relay whose store fails says that it cannot go on', async (t) => {
  const config = ControllerConfig.parse({
    fleet: 'site',
    broker: { embedded: { listen: '127.0.0.1:0' } },
    chain: { embedded: true },
  })
  const dir = folder(t)
  const relay = await startRelay(config, { log: () => {}, folder: dir })
  t.teardown(() => relay.close())
  const database = new DatabaseSync(join(dir, 'state', 'relay.sqlite'))
  t.teardown(() => database.close())
  database.exec('DROP TABLE chainBlock')
  // Each block of the chain is written down.
  t.match(await relay.broken, { code: 'STORE_FAILED' })
})
