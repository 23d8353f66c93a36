import t from 'tap'
import {
  controller,
  devices,
  embeddedConfig,
  ended,
  folder,
  hosts,
  MINUTE,
  nameOf,
  sumJob,
  until,
} from './site.ts'

t.setTimeout(3 * MINUTE)

t.test('a dozen jobs at once end with the same sum on eight devices', async (t) => {
  const names = Array.from({ length: 8 }, (_, i) => nameOf(i))
  const site = await controller(t, folder(t), embeddedConfig())
  const passwords = site.credentials?.issueAll(names, 'device') ?? new Map()
  const at = { url: site.brokerUrl, operator: site.operatorAddress }
  await hosts(t, at, devices(0, 8, passwords), 2)
  await until(site, () => site.nodes().filter((node) => node.online).length === 8, '8 devices')
  const jobs = Array.from({ length: 12 }, (_, i) => `sum-${i}`)
  await Promise.all(jobs.map((job) => site.submit('sum.yaml', sumJob(job))))
  for (const job of jobs) {
    const { status, contributors, result } = await ended(site, job)
    t.equal(status, 'succeeded', job)
    t.equal(contributors?.count, 8)
    t.equal((result as { sum?: number })?.sum, 2 ** 8 - 1)
  }
})
