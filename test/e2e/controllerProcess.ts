import type { ControllerConfig } from '../../controller/config.ts'
import { type Controller, startController } from '../../controller/driver.ts'
import { until } from './site.ts'

/** A controller in a process of its own, so that a test can kill it. Told by IPC; answers each message. */
type Told =
  | { config: ControllerConfig; folder: string; issue?: string[] }
  | { wait: number }
  | { submit: string; heard: number }

let site: Controller

process.on('message', (told: Told) => void answer(told))
process.on('disconnect', () => process.exit(0))

async function answer(told: Told): Promise<void> {
  if ('config' in told) {
    site = await startController(told.config, { log: () => {}, folder: told.folder })
    const passwords = [...(site.credentials?.issueAll(told.issue ?? [], 'device') ?? [])]
    process.send?.({ operator: site.operatorAddress, url: site.brokerUrl, passwords })
  } else if ('wait' in told) {
    const online = (): number => site.nodes().filter((node) => node.online).length
    await until(site, () => online() === told.wait, `${told.wait} devices`)
    process.send?.({})
  } else {
    await site.submit('job.yaml', told.submit)
    const job = site.jobs().at(-1)?.job as Parameters<Controller['job']>[0] // it was just made
    await until(site, () => (site.job(job).progress?.heard ?? 0) >= told.heard, 'exchange')
    process.send?.({})
  }
}
