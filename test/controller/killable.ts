import { systemClock } from '../../agent/io/clock.ts'
import { createLog } from '../../agent/io/log.ts'
import { ControllerConfig } from '../../controller/config.ts'
import { startController } from '../../controller/driver.ts'

/** A controller in a process of its own, for tests that kill it. Tells one JSON line when it is up. */
const [folder = '', port = '0', devices = ''] = process.argv.slice(2)
const config = ControllerConfig.parse({
  fleet: 'lab',
  store: 'state',
  broker: { embedded: { listen: `127.0.0.1:${port}` } },
})
const log = createLog({ level: 'error', form: 'text', clock: systemClock })
const controller = await startController(config, { log, folder })
const passwords = controller.credentials?.issueAll(devices.split(',').filter(Boolean), 'device')
const { brokerUrl, operatorAddress, socketPath } = controller
process.stdout.write(
  `${JSON.stringify({ brokerUrl, operatorAddress, socketPath, passwords: [...(passwords ?? [])] })}\n`,
)
