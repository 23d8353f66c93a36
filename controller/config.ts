import * as z from 'zod/mini'
import {
  checkPair,
  connectionFields,
  fleetField,
  nodeField,
  pathField,
  secretField,
} from '../agent/wire/commonFields.ts'
import { LIMITS } from '../agent/wire/limits.ts'
import { crossIssue, field, notBuilt, real, whole, word } from '../agent/wire/notes.ts'
import { MAX_FEE_GWEI } from './io/chain/fees.ts'

/**
 * controller.yaml: one controller, edited by hand. Described once; docs and the JSON schema for
 * editors are made from this. Paths count from the folder of the file.
 */

export interface Listen {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
}

const LISTEN = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/
const listen = z.pipe(
  z
    .string({
      error: ({ input }) =>
        typeof input === 'number'
          ? `found the bare port ${input}, wanted an address and a port. Write "127.0.0.1:${input}".`
          : undefined,
    })
    .check(
      z.refine((text) => Number(LISTEN.exec(text)?.[3] ?? Number.NaN) <= 65_535, {
        error: ({ input }) =>
          `found ${JSON.stringify(input)}, wanted an address and a port such as "0.0.0.0:1883".`,
      }),
    ),
  z.transform((text: string): Listen => {
    const [, v6, host, port] = LISTEN.exec(text) ?? []
    return { host: v6 ?? host ?? '', port: Number(port) }
  }),
)

const embedded = z.strictObject({
  listen: field(
    z.prefault(listen, '127.0.0.1:1883'),
    'Address and TCP port to listen on; 0.0.0.0 is every address of the machine.',
    { range: 'ADDRESS:PORT' },
  ),
  maxClients: field(
    z.prefault(whole({ least: 1, most: 100_000 }), 2000),
    'Connections accepted at a time.',
  ),
  tls: notBuilt(
    'TLS of the embedded broker is',
    'Use an external broker for TLS, or remove this key.',
  ),
})

const external = z
  .strictObject({
    ...connectionFields(),
    username: field(
      z.prefault(nodeField('User name.'), 'controller'),
      'MQTT user name and client id; the broker must let it write orders.',
    ),
  })
  .check(
    z.check(({ value, issues }) => {
      const wrong = checkPair(value)
      const path = [value.cert === undefined ? 'key' : 'cert']
      if (wrong) issues.push({ code: 'custom', message: wrong, path, input: value })
    }),
  )

const broker = z
  .strictObject({
    embedded: field(z.optional(embedded), 'A broker inside of the controller.'),
    external: field(z.optional(external), 'A broker of your own, such as Mosquitto.'),
  })
  .check(
    z.check(({ value, issues }) => {
      if (value.embedded === undefined || value.external === undefined) return
      const message = 'stands beside "embedded", wanted one of the two.'
      issues.push({ code: 'custom', message, path: ['external'], input: value })
    }),
  )

const chain = z
  .strictObject({
    embedded: field(
      z.optional(z.literal(true)),
      'A development chain inside of the controller, with a market of its own; it is kept in the folder of `store`.',
    ),
    rpc: field(
      z.optional(
        z
          .array(word(/^https?:\/\/\S{1,500}$/, 'an address such as https://rpc.example', true))
          .check(
            z.refine((list) => list.length >= 1 && list.length <= 8, {
              error: () => 'wanted 1 to 8 addresses.',
            }),
          ),
      ),
      'JSON-RPC addresses of one chain, best of different owners: one is asked until it fails or falls behind, and of several another one has to agree before anything is final.',
      { example: '[https://rpc.example]' },
    ),
    deployment: field(
      z.optional(pathField('File that `hypernet chain deploy` wrote.')),
      'Where the contracts stand.',
    ),
    relayKey: field(
      z.optional(secretField('Key of the account that sends transactions and pays for gas.')),
      'Key of the account that sends transactions, 64 hexadecimal digits.',
    ),
    confirmations: field(
      z.prefault(z.union([z.literal('finalized'), whole({ least: 0, most: 1000 })]), 'finalized'),
      'When a transaction counts: the tag of the chain, or so many blocks.',
      { kind: 'finalized or whole number' },
    ),
    maxFeeGwei: field(
      z.prefault(real({ least: 0, most: 1e6, open: true }), MAX_FEE_GWEI),
      'Most that one unit of gas may cost, in 1e-9 of the coin of the chain.',
    ),
  })
  .check(
    z.check(({ value, issues }) => {
      const refuse = (path: string, message: string) =>
        issues.push(crossIssue([path], message, value))
      if (value.embedded && value.rpc)
        refuse('rpc', 'stands beside "embedded", wanted one of the two.')
      if (!value.embedded && !value.rpc)
        refuse('rpc', 'missing, wanted addresses of a chain, or embedded: true.')
      if (!value.rpc) return
      if (value.deployment === undefined)
        refuse('deployment', 'missing, wanted the file that hypernet chain deploy wrote.')
      if (value.relayKey === undefined)
        refuse(
          'relayKey',
          'missing, wanted { file: PATH } with the key of an account that has coins.',
        )
    }),
  )

const limits = z.strictObject({
  jobs: field(
    z.prefault(whole({ least: 1, most: 10_000 }), 50),
    'Jobs that are not ended, at a time; one more is refused.',
  ),
  jobFile: notBuilt(
    'changing the largest job file is',
    `It is ${LIMITS.jobFile / 1024}KiB; remove this key.`,
  ),
  messagesPerSecond: notBuilt(
    'changing the rate of messages is',
    `It is ${LIMITS.messagesPerSecond} a second for each client; remove this key.`,
  ),
})

/** The file controller.yaml. */
export const ControllerConfig = z.strictObject({
  fleet: fleetField(),
  broker: field(z.prefault(broker, { embedded: {} }), 'The MQTT broker: `embedded` or `external`.'),
  store: field(
    z.prefault(pathField('Folder.'), 'state'),
    'Folder for jobs, results, the keys of devices and the operator key.',
  ),
  limits: field(z.prefault(limits, {}), 'Bounds of this controller.'),
  virtual: field(
    z.prefault(z.array(pathField('A fleet file.')).check(z.maxLength(16)), []),
    'Files of virtual fleets that run beside the controller.',
    { example: '[fleet.yaml]' },
  ),
  chain: field(
    z.optional(chain),
    'The market: paid jobs become contracts; absent: jobs run unpaid.',
  ),
  dashboard: notBuilt('the dashboard is'),
  homeAssistant: notBuilt('discovery by Home Assistant is'),
  devices: notBuilt(
    'approving devices by hand is',
    'The key of the first birth is pinned; remove this key.',
  ),
  tls: notBuilt('TLS of the embedded broker is'),
})
/** controller.yaml with its defaults; paths as written. */
export type ControllerConfig = z.output<typeof ControllerConfig>
