import { type Host, hostDevices } from './host.ts'
import type { FromHost, ToHost } from './hosts.ts'
import { systemClock } from './io/clock.ts'
import { createLog } from './io/log.ts'
import { HypernetError } from './wire/errors.ts'

/**
 * A process that hosts its part of a virtual fleet: told by its parent over IPC what to host, it tells
 * when all devices are connected and when one has failed, and ends when its parent does.
 */
let host: Promise<Host> | undefined

const tell = (message: FromHost) => {
  if (process.connected) process.send?.(message)
}

async function start(message: ToHost & { kind: 'host' }): Promise<Host> {
  const log = createLog({ level: message.logLevel, form: 'text', clock: systemClock })
  const onFailure = (node: string, reason: HypernetError) =>
    tell({ kind: 'failed', node, code: reason.code, message: reason.message })
  const { devices, fleet } = message
  const started = await hostDevices({ ...fleet, devices, log, onFailure })
  void started.online.then(() => tell({ kind: 'ready' }))
  return started
}

async function stop(): Promise<void> {
  try {
    await (await host)?.stop()
  } finally {
    process.exit(0)
  }
}

process.on('message', (message: ToHost) => {
  if (message.kind === 'stop') void stop()
  else {
    host = start(message)
    host.catch((error: unknown) => {
      const code = error instanceof HypernetError ? error.code : 'INVARIANT'
      const text = error instanceof Error ? error.message : String(error)
      tell({ kind: 'refused', code, message: text })
      process.exitCode = 1
      process.disconnect()
    })
  }
})
process.on('disconnect', () => void stop())
process.on('SIGTERM', () => void stop())
// A terminal interrupts the parent too, and that decides when its devices stop.
process.on('SIGINT', () => {})
