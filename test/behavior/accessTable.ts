/**
 * Who may do what, written by hand from the design (mqtt.md 1 and 3, trust.md 4, decisions.md 8, 9
 * and 18), not from the code: the topics are spelled out here on purpose. The device is `alpha` of
 * fleet `lab`.
 *
 * Letters: `s` subscribe to the exact topic, `r` receive, `p` publish, `t` publish retained, `w`
 * leave a will, `*` subscribe to the wildcard. What is not listed is forbidden.
 */
interface TopicClass {
  readonly name: string
  /** Topics about the device itself and about another one, below `hn/1/lab/`. */
  readonly own: string
  readonly other: string
  readonly wildcard: string
  readonly device: { readonly own: string; readonly other: string }
  readonly controller: string
  readonly viewer: string
  readonly relay: string
}

const row = (
  name: string,
  [own, other, wildcard]: readonly [string, string, string],
  device: readonly [string, string],
  controller: string,
  viewer: string,
  relay = '',
): TopicClass => ({
  name,
  own,
  other,
  wildcard,
  device: { own: device[0], other: device[1] },
  controller,
  viewer,
  relay,
})

const node = (rest: string, any = rest): [string, string, string] => [
  `node/alpha/${rest}`,
  `node/beta/${rest}`,
  `node/+/${any}`,
]
const jobs = (rest: string): [string, string, string] => [
  `job/soil/${rest}`,
  `job/wind/${rest}`,
  `job/+/${rest}`,
]
const net = (own: string, other: string, any: string): [string, string, string] => [
  `net/soil/${own}`,
  `net/soil/${other}`,
  `net/+/${any}`,
]

const CLASSES: readonly TopicClass[] = [
  row('state', node('state'), ['srptw*', 'sr*'], 'sr*', 'sr*', 'sr*'),
  row('info', node('info'), ['srpt', ''], 'sr*', 'sr*', 'sr*'),
  row('health', node('health'), ['srpt', ''], 'sr*', 'sr*'),
  row('log', node('log'), ['srp', ''], 'sr*', 'sr*'),
  row('sensor', node('sensor/temp', 'sensor/+'), ['srp', ''], 'sr*', 'sr*'),
  row('request', node('request/ping', 'request/+'), ['sr', ''], 'srp*', ''),
  row('response', node('response/ping', 'response/+'), ['srp', ''], 'sr*', 'sr*'),
  row('spec', jobs('spec'), ['', ''], 'srpt*', 'sr*'),
  row('status', jobs('status'), ['', ''], 'srpt*', 'sr*'),
  row('result', jobs('result'), ['', ''], 'srpt*', 'sr*'),
  row(
    'progress',
    ['job/soil/node/alpha/status', 'job/soil/node/beta/status', 'job/+/node/+/status'],
    ['pt', ''],
    'sr*',
    'sr*',
  ),
  row('order', net('order', 'order', 'order'), ['sr*', 'sr*'], 'srpt*', '', 'sr*'),
  row('roster', net('roster', 'roster', 'roster'), ['sr*', 'sr*'], 'srpt*', ''),
  row('exchange', net('x/alpha', 'x/beta', 'x/+'), ['srp*', 'sr*'], 'sr*', ''),
  row('announcement', net('a/alpha', 'a/beta', 'a/+'), ['srp*', 'sr*'], 'sr*', ''),
  row('hello', net('hello/alpha', 'hello/beta', 'hello/+'), ['srpt*', 'sr*'], 'sr*', ''),
  row('edge out', net('e/alpha/gamma', 'e/beta/gamma', 'e/+/+'), ['p', ''], 'sr*', ''),
  row('edge in', net('e/gamma/alpha', 'e/gamma/beta', 'e/+/beta'), ['sr', ''], 'sr*', ''),
  row('seal', net('seal/alpha', 'seal/beta', 'seal/+'), ['p', ''], 'sr*', ''),
  row('deal', net('deal/alpha', 'deal/beta', 'deal/+'), ['pt', ''], 'sr*', '', 'sr*'),
  row('anchor', net('anchor', 'anchor', 'anchor'), ['sr*', 'sr*'], 'srpt*', '', 'srpt*'),
  row('blob', net('blob/ab12/0', 'blob/cd34/1', 'blob/+/+'), ['sr*', 'sr*'], 'srpt*', '', 'sr*'),
]

/** Topics that are none of ours: nobody touches them. */
const FOREIGN = [
  '$SYS/broker/version',
  'secret',
  'homeassistant/device/alpha/config',
  'hn/2/lab/node/alpha/state',
  'hn/1/lab',
  'hn/1/lab/node/alpha',
  'hn/1/lab/node/alpha/password',
  'hn/1/lab/node/alpha/state/more',
  'hn/1/lab/node//state',
  '/hn/1/lab/node/alpha/state',
  'hn/1/lab/node/ALPHA/state',
  'hn/1/lab/net/soil/x/alpha/a/b/c',
  `hn/1/lab/node/alpha/sensor/${'s'.repeat(300)}`,
]

export type RoleName = 'device' | 'controller' | 'viewer' | 'relay'
export type Verb = 'subscribe' | 'subscribe wildcard' | 'receive' | 'publish' | 'retain' | 'will'

export interface AccessRow {
  readonly role: RoleName
  readonly verb: Verb
  /** Class and whose topic it is, for messages. */
  readonly about: string
  /** A topic name, or for `subscribe wildcard` a filter. */
  readonly topic: string
  readonly allowed: boolean
}

/** Client ids of the roles in the table. */
export const ID_OF = {
  device: 'alpha',
  controller: 'controller',
  viewer: 'viewer',
  relay: 'relay',
} as const

const VERBS: Record<string, Verb> = {
  s: 'subscribe',
  r: 'receive',
  p: 'publish',
  t: 'retain',
  w: 'will',
}
const ROLES = ['device', 'controller', 'viewer', 'relay'] as const

/** Every role x topic class x verb, as self, as another, and in another fleet. */
export function accessRows(): AccessRow[] {
  const rows: AccessRow[] = []
  for (const role of ROLES) {
    for (const topics of CLASSES) {
      for (const whose of ['own', 'other'] as const) {
        const rights = role === 'device' ? topics.device[whose] : topics[role]
        const about = `${topics.name} (${whose})`
        const topic = `hn/1/lab/${topics[whose]}`
        for (const [letter, verb] of Object.entries(VERBS)) {
          rows.push({ role, verb, about, topic, allowed: rights.includes(letter) })
        }
      }
      const anyRights = role === 'device' ? topics.device.other : topics[role]
      for (const fleet of ['lab', 'farm']) {
        rows.push({
          role,
          verb: 'subscribe wildcard',
          about: `${topics.name} (all of fleet ${fleet})`,
          topic: `hn/1/${fleet}/${topics.wildcard}`,
          allowed: fleet === 'lab' && anyRights.includes('*'),
        })
      }
      for (const verb of Object.values(VERBS)) {
        const topic = `hn/1/farm/${topics.own}`
        rows.push({ role, verb, about: `${topics.name} (other fleet)`, topic, allowed: false })
      }
    }
    for (const topic of FOREIGN) {
      for (const verb of Object.values(VERBS)) {
        rows.push({ role, verb, about: 'foreign', topic, allowed: false })
      }
    }
    for (const [topic, who] of WIDE) {
      const allowed = who.includes(role)
      rows.push({ role, verb: 'subscribe wildcard', about: 'wide', topic, allowed })
    }
  }
  return rows
}

/** Filters over several classes, and broken ones, with the roles that may use them. */
const WIDE: readonly (readonly [string, readonly RoleName[]])[] = [
  ['#', []],
  ['+', []],
  ['+/#', []],
  ['hn/#', []],
  ['hn/1/#', []],
  ['hn/+/lab/node/+/state', []],
  ['+/1/lab/node/+/state', []],
  ['$SYS/#', []],
  ['$share/group/hn/1/lab/node/+/state', []],
  ['hn/1/lab/#', ['controller']],
  ['hn/1/+/#', ['controller']],
  ['hn/1/lab/job/#', ['controller', 'viewer']],
  ['hn/1/lab/node/#', ['controller', 'viewer']],
  ['hn/1/+/job/#', ['controller', 'viewer']],
  ['hn/1/+/node/#', ['controller', 'viewer']],
  ['hn/1/+/node/+/state', ['controller', 'viewer', 'relay']],
  ['hn/1/lab/net/#', ['controller']],
  ['hn/1/+/net/#', ['controller']],
  ['hn/1/farm/#', []],
  ['hn/1/farm/node/#', []],
  ['hn/1/lab/node/alpha/#', ['controller', 'viewer']],
  ['hn/1/lab/node/alpha/+', ['device', 'controller', 'viewer']],
  ['hn/1/lab/node/alpha/request/+', ['device', 'controller']],
  ['hn/1/lab/node/alpha/sensor/+', ['device', 'controller', 'viewer']],
  ['hn/1/lab/node/beta/+', ['controller', 'viewer']],
  ['hn/1/lab/node/beta/request/+', ['controller']],
  ['hn/1/lab/node/+/+', ['controller', 'viewer']],
  ['hn/1/lab/node/+/+/ping', ['controller', 'viewer']],
  ['hn/1/lab/net/soil/+', ['device', 'controller']],
  ['hn/1/lab/net/+/+/+', ['controller']],
  ['hn/1/lab/net/+/+/alpha', ['controller']],
  ['hn/1/lab/net/+/e/+/alpha', ['device', 'controller']],
  ['hn/1/lab/net/+/e/alpha/+', ['controller']],
  ['hn/1/lab/net/+/+/+/+', ['controller']],
  ['hn/1/lab/net/+/x/+', ['device', 'controller']],
  ['hn/1/lab/+/soil/+', ['controller']],
  ['hn/1/lab/nowhere/+', []],
  ['hn/1/lab/node/al+/state', []],
  ['hn/1/lab/node/#/state', []],
  ['hn/1/lab/node/+/state/#', ['controller', 'viewer', 'relay']],
  ['hn/1/lab/node/+/state/', []],
  ['hn/1/lab/net/+/x/+/+/+/+', []],
  [`hn/1/lab/node/alpha/sensor/${'+'.repeat(300)}`, []],
]
