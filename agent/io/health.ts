import { freemem, loadavg, totalmem, uptime } from 'node:os'
import type { Progress } from '../core/effect.ts'
import type { LinkStats } from './mqtt.ts'

/** Payload of the `health` topic: how machine, process, connection, jobs and sensors are. Sizes in bytes, times in seconds. */
export function healthText(
  mqtt: LinkStats,
  jobs: Readonly<Record<string, Progress>>,
  faults: ReadonlyMap<string, string>,
): string {
  const { rss, heapUsed } = process.memoryUsage()
  const cpu = process.cpuUsage()
  return JSON.stringify({
    os: {
      load: loadavg(),
      memoryTotal: totalmem(),
      memoryFree: freemem(),
      uptime: Math.round(uptime()),
    },
    process: {
      node: process.versions.node,
      rss,
      heapUsed,
      cpu: (cpu.user + cpu.system) / 1e6,
      uptime: Math.round(process.uptime()),
    },
    mqtt,
    jobs: Object.fromEntries(
      Object.entries(jobs).map(([job, { phase, epoch, error }]) => [job, { phase, epoch, error }]),
    ),
    faults: Object.fromEntries(faults),
  })
}
