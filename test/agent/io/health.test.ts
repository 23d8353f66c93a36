import t from 'tap'
import { healthText } from '../../../agent/io/health.ts'

t.test('health tells of machine, process, connection, jobs and faulty sensors', async (t) => {
  const mqtt = {
    connected: true,
    session: 3,
    published: 1,
    bytesOut: 2,
    received: 3,
    bytesIn: 4,
    queued: 0,
    dropped: { badSignature: 2 },
  }
  const progress = { phase: 'failed', epoch: 4, error: 'no time' } as never
  const health = JSON.parse(healthText(mqtt, { soil: progress }, new Map([['cpu', 'EIO']])))
  t.match(health, {
    mqtt,
    jobs: { soil: { phase: 'failed', epoch: 4, error: 'no time' } },
    faults: { cpu: 'EIO' },
  })
  t.equal(health.process.node, process.versions.node)
  t.ok(health.process.rss > 10e6 && health.process.rss < health.os.memoryTotal)
  t.equal(health.os.load.length, 3)
})
