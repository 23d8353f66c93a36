import { hostDevices } from '../../../agent/host.ts'
import { systemClock } from '../../../agent/io/clock.ts'
import { deriveKey } from '../../../agent/io/keys.ts'
import { createLog } from '../../../agent/io/log.ts'
import { SUM_TOP } from '../../../agent/math/exactVector.ts'
import { decodeVector } from '../../../agent/math/wireForm.ts'
import { decodeRecord } from '../../../agent/wire/codec.ts'
import { fleetId, nodeId } from '../../../agent/wire/ids.ts'
import { Contribution } from '../../../agent/wire/messages.ts'
import { signCose } from '../../../agent/wire/signature.ts'
import { topicName } from '../../../agent/wire/topics.ts'
import { connect } from './connect.ts'
import {
  CENTRAL,
  contributionOf,
  DIMENSION,
  type FromHost,
  type HostWanted,
  NAMES,
  type Placed,
  readingsOf,
  SEED,
  type Stage,
} from './work.ts'

/**
 * A process that holds some devices, and as many clients of central fusion. It tells its parent when all
 * of its devices are that far; both sides pay the same for being watched.
 */
process.on('message', (wanted: HostWanted) => void serve(wanted))
process.on('disconnect', () => process.exit(0))

const tell = (message: FromHost): void => void process.send?.(message)

/** Counts devices that are that far, and tells when all are. */
function tally(devices: number): (job: string, epoch: number, stage: Stage, id: string) => void {
  const reached = new Map<string, Set<string>>()
  return (job, epoch, stage, id) => {
    const name = `${job}/${epoch}/${stage}`
    const ids = reached.get(name) ?? new Set()
    reached.set(name, ids.add(id))
    if (ids.size === devices) tell({ kind: 'reached', job, epoch, stage })
  }
}

async function serve({ url, fleet, operator, devices }: HostWanted): Promise<void> {
  const reach = tally(devices.length)
  const host = await hostDevices({
    fleet,
    broker: { url },
    operators: [operator],
    devices: devices.map(({ index, id, password }) => ({
      id,
      seed: SEED,
      password,
      sensors: NAMES.map((name) => ({ id: name, unit: '/' })),
      rows: [readingsOf(index)],
    })),
    gather: 2,
    healthEvery: 0,
    log: createLog({ level: 'error', form: 'text', clock: systemClock }),
    onProgress(node, job, { phase, epoch }) {
      // Voting follows on knowing, and being final on both.
      if (phase === 'announced' || phase === 'voting' || phase === 'final')
        reach(job, epoch, 'known', node)
      if (phase === 'final') reach(job, epoch, 'final', node)
    },
  })
  await host.online
  await Promise.all(devices.map((device) => joinCentral(url, fleet, device, reach)))
  const incarnations = [...host.drivers].map(
    ([id, { status }]) => [id, status.incarnation] as const,
  )
  tell({ kind: 'ready', incarnations })
}

/** A client of central fusion: signs and publishes once told to, and holds the answer when it has decoded it. */
async function joinCentral(
  url: string,
  fleet: string,
  { index, twin, twinPassword }: Placed,
  reach: ReturnType<typeof tally>,
): Promise<void> {
  const place = { fleet: fleetId(fleet), job: CENTRAL }
  const [go, answer] = [
    topicName({ kind: 'order', ...place }),
    topicName({ kind: 'roster', ...place }),
  ]
  const { privateKey } = deriveKey(SEED, twin)
  const own = topicName({ kind: 'exchange', ...place, node: nodeId(twin) })
  const client = await connect(url, twin, twinPassword)
  client.on('message', (topic, payload) => {
    if (topic === go) {
      const signed = signCose('contribution', contributionOf(index, Number(payload)), privateKey)
      client.publish(own, Buffer.from(signed), { qos: 0 })
      return
    }
    const total = decodeRecord(Contribution, payload)
    decodeVector(total, DIMENSION, SUM_TOP)
    reach(CENTRAL, total.epoch, 'known', twin)
  })
  await client.subscribeAsync([go, answer])
}
