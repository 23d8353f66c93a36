import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { loadVirtualFleet } from '../../../controller/cli/virtualFleet.ts'
import { heardOf, hostVirtualFleet } from '../../../controller/cli/virtualHosts.ts'
import { ControllerConfig } from '../../../controller/config.ts'
import { startController } from '../../../controller/driver.ts'

const soil = fileURLToPath(new URL('../../../devices/demo/soil/fleet.yaml', import.meta.url))

t.test('a fleet that is hosted is one that the controller knows whole', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hn-hosts-'))
  const config = ControllerConfig.parse({
    fleet: 'meuse',
    broker: { embedded: { listen: '127.0.0.1:0' } },
  })
  const controller = await startController(config, { log: () => {}, folder })
  const file = await loadVirtualFleet(soil, 12)
  const unheard: string[] = []
  const onUnheard = (devices: readonly string[]) => unheard.push(...devices)
  const hosts = await hostVirtualFleet(controller, file, { onUnheard })
  t.teardown(async () => {
    await hosts.stop()
    await controller.close()
    rmSync(folder, { recursive: true })
  })
  t.strictSame(unheard, [])
  const online = controller.nodes().filter(({ online, sensors }) => online && sensors.length > 0)
  t.equal(online.length, 12)
  t.strictSame(await heardOf(controller, ['probe-3', 'probe-99'], 1), ['probe-99'])
})
