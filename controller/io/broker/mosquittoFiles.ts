import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { writeAtomically } from '../../../agent/io/atomicFile.ts'
import { readSecret } from '../../../agent/io/keys.ts'
import { HypernetError } from '../../../agent/wire/errors.ts'
import { type FleetId, type NodeId, nodeId } from '../../../agent/wire/ids.ts'
import { LIMITS } from '../../../agent/wire/limits.ts'
import { watchFilters } from '../../../agent/wire/topics.ts'
import { type Identity, mosquittoAcl, type Role } from '../../core/access.ts'

export interface MosquittoOptions {
  readonly fleet: FleetId
  readonly devices: readonly NodeId[]
  /** User names of relays beside the controller. */
  readonly relays?: readonly NodeId[]
  /** Address and TCP port to listen on. */
  readonly listen: { readonly host: string; readonly port: number }
}

/** User names of the two clients that every fleet has. */
const CONTROLLER = nodeId('controller')
const VIEWER = nodeId('viewer')
/**
 * What may wait for one client: Mosquitto has one bound for all, and the controller, when it
 * subscribes, is sent all that the fleet retains in one go. What exceeds it is lost without a word.
 */
const QUEUE = { least: 1000, bytesLeast: 16 * 1024 * 1024, bytesADevice: LIMITS.blobPart } as const
/** Rounds of `mosquitto_passwd`; the passwords are 256 random bits, which need none. */
const ITERATIONS = 101

/**
 * Writes what a stock Mosquitto 2 needs to serve one fleet under the same rules as the embedded
 * broker: configuration, password file, access list, README, and a file with the password of each
 * client. Passwords that are there already are kept, so it may be run again when devices join.
 * @param dir folder, made when missing, readable by its owner only
 * @returns the paths written, absolute
 * @throws HypernetError `NOT_ALLOWED` when a device or relay bears a name that is taken, `KEY_UNSAFE` when others
 *   may read a password, `STORE_FAILED` when the folder cannot be written
 */
export async function writeMosquitto(dir: string, options: MosquittoOptions): Promise<string[]> {
  const { fleet, devices, relays = [] } = options
  const reserved = [...devices, ...relays].find((id) => id === CONTROLLER || id === VIEWER)
  if (reserved) {
    throw new HypernetError('NOT_ALLOWED', `no device or relay may be named ${reserved}: rename it`)
  }
  const both = relays.find((id) => devices.includes(id))
  if (both)
    throw new HypernetError('NOT_ALLOWED', `${both} is a device already: name the relay otherwise`)
  const identity = (id: NodeId, role: Role): Identity => ({ id, role, fleet })
  const clients = [
    identity(CONTROLLER, 'controller'),
    identity(VIEWER, 'viewer'),
    ...relays.map((id) => identity(id, 'relay')),
    ...devices.map((id) => identity(id, 'device')),
  ]
  const folder = resolve(dir)
  const written: string[] = []
  const write = async (name: string, content: string): Promise<void> => {
    await writeAtomically(join(folder, name), content)
    written.push(join(folder, name))
  }
  try {
    for (const name of ['', 'passwords', 'state']) {
      await mkdir(join(folder, name), { recursive: true, mode: 0o700 })
    }
    let hashes = ''
    for (const { id } of clients) {
      const password = (await keptPassword(folder, id)) ?? randomBytes(32).toString('base64url')
      await write(join('passwords', id), `${password}\n`)
      hashes += `${id}:${passwordHash(password, randomBytes(12))}\n`
    }
    await write('passwd', hashes)
    await write('acl', mosquittoAcl(clients))
    await write('mosquitto.conf', configuration(folder, options))
    await write('README', readme(folder, options))
  } catch (error) {
    if (error instanceof HypernetError) throw error
    throw new HypernetError('STORE_FAILED', `cannot write the Mosquitto files to ${folder}`, error)
  }
  return written
}

async function keptPassword(folder: string, id: string): Promise<string | undefined> {
  try {
    return await readSecret(join(folder, 'passwords', id))
  } catch (error) {
    if (error instanceof HypernetError && error.code === 'NOT_FOUND') return undefined
    throw error
  }
}

/** A line of Mosquitto's password file: `$7$` is PBKDF2 with SHA-512, 64 bytes (mosquitto_passwd(1)). */
export function passwordHash(password: string, salt: Uint8Array): string {
  const hash = pbkdf2Sync(password, salt, ITERATIONS, 64, 'sha512')
  return `$7$${ITERATIONS}$${Buffer.from(salt).toString('base64')}$${hash.toString('base64')}`
}

function configuration(folder: string, { fleet, devices, listen }: MosquittoOptions): string {
  const { least, bytesLeast, bytesADevice } = QUEUE
  const queuedMessages = Math.max(least, devices.length * LIMITS.retained)
  const queuedBytes = Math.max(bytesLeast, devices.length * bytesADevice)
  return `# Mosquitto 2 for the Hypernet fleet ${fleet}; see README in this folder.
per_listener_settings true
# Takes effect only when started as root: the owner of these files, which nobody else may read.
user ${userInfo().username}

# Retained messages and sessions survive a restart.
persistence true
persistence_location ${join(folder, 'state')}/
autosave_interval 30
persistent_client_expiration 14d

# The limit of the protocol.
max_packet_size ${LIMITS.frame}
# Room for all that ${devices.length} devices retain: the controller is sent it in one go.
max_queued_messages ${queuedMessages}
max_queued_bytes ${queuedBytes}
max_inflight_messages 20
# Small messages must not wait for one another (Nagle): about 40 ms a hop.
set_tcp_nodelay true
# No $SYS topics.
sys_interval 0
log_dest stderr
log_type error
log_type warning
log_type notice

listener ${listen.port} ${listen.host}
max_qos 1
allow_anonymous false
password_file ${join(folder, 'passwd')}
acl_file ${join(folder, 'acl')}
# Client id = user name, so that nobody can take over another's session.
use_username_as_clientid true
`
}

function readme(folder: string, { fleet, listen }: MosquittoOptions): string {
  // Every address of the machine includes its own.
  const host = listen.host === '0.0.0.0' ? '127.0.0.1' : listen.host === '::' ? '::1' : listen.host
  const urlHost = host.includes(':') ? `[${host}]` : host
  return `Mosquitto for the Hypernet fleet ${fleet}

1. In controller.yaml, in place of any other broker:
     broker: { external: { url: "mqtt://${urlHost}:${listen.port}", password: { file: '${join(folder, 'passwords', 'controller')}' } } }
2. Start the broker, as the user who owns this folder:
     mosquitto -c '${join(folder, 'mosquitto.conf')}'
3. Start the controller, with the passwords of its virtual devices:
     hypernet up --passwords '${join(folder, 'passwords')}'
4. Submit a job:
     hypernet job submit job.yaml --watch
5. Watch the fleet:
     mosquitto_sub -h ${host} -p ${listen.port} -i viewer -u viewer -P "$(cat '${join(folder, 'passwords', 'viewer')}')" -v -t '${watchFilters(fleet)[0]}'

Clients (user name = client id; the password is in passwords/<name>, mode 600):
  controller   the fleet controller
  viewer       reads what people read, writes nothing
  <relay>      hypernet market relay, as broker.external.username: reads what paid jobs need, tells what it binds
  <node>       one device each: copy passwords/<node> to that device only

When devices or relays join or leave, run the command that wrote this folder again (passwords are kept),
then: kill -HUP <pid of mosquitto>

What Mosquitto cannot do that the embedded broker does: refuse a subscription (it withholds the
messages instead), forbid retained messages or wills on a topic that a client may write, limit
messages a second, and cut off strangers early: before a password is checked it takes packets of up
to ${LIMITS.frame / 1024} KiB, the embedded broker of ${LIMITS.frameBeforeConnect / 1024} KiB. The network crosses this port unencrypted: keep it on a
trusted network.
`
}
