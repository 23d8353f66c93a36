import * as z from 'zod/mini'
import { DAYS } from './core/hours.ts'
import { choice, field, notBuilt, word } from './wire/notes.ts'
import { tokensField } from './wire/tokens.ts'
import { size } from './wire/units.ts'
import { shown } from './wire/words.ts'

/** The parts of agent.yaml that say for which jobs a device offers itself. */

const CLOCK = /^([01]\d|2[0-3]):[0-5]\d$/
const clockTime = (description: string, example: string) =>
  field(
    z.pipe(
      word(CLOCK, 'a time of day such as "22:00"'),
      z.transform((text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))),
    ),
    description,
    { kind: 'time of day', range: '"00:00" to "23:59"', example },
  )

const zone = z.string().check(
  z.refine(isZone, {
    error: ({ input }) => `found ${shown(input)}, wanted a time zone such as Europe/Berlin or UTC.`,
  }),
)

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined
  } catch {
    return false
  }
}

const hours = z.strictObject({
  from: clockTime('When they begin.', '"22:00"'),
  to: clockTime('When they end; not later than `from`: on the next day.', '"06:00"'),
  days: field(
    z.optional(z.array(choice(DAYS)).check(z.minLength(1), z.maxLength(7))),
    'Days on which they begin; absent: all.',
    { example: '[sat, sun]' },
  ),
  zone: field(
    z.optional(zone),
    'Time zone, by the name that it has in the IANA list; absent: that of the machine.',
    { example: 'Europe/Berlin' },
  ),
})

/** A seller's terms, beside the addresses of the market. */
export const sellerFields = () => ({
  minPrice: tokensField('Least that it wants for a whole job.', '"0.5"'),
  maxCollateral: tokensField('Most that it puts up for one job.', '"5"'),
  hours: field(
    z.optional(hours),
    'When it offers to work for pay: for jobs that would be over in time. What it has joined it finishes. Absent: always.',
  ),
})

const share = z.pipe(
  word(/^(100|[1-9]\d?)%$/, 'a share from 1% to 100%'),
  z.transform((text: string) => Number.parseInt(text, 10) / 100),
)
const room = (description: string, example: string) =>
  field(z.optional(size({ least: 1 })), description, { example })

/** Most that a job may ask for in `spec.resources`. */
export const limitFields = () => ({
  cpu: field(
    z.optional(
      z.strictObject({
        share: field(share, 'Part of all processors of the machine.', {
          kind: 'share',
          range: '1% to 100%',
          example: '25%',
        }),
        perCall: notBuilt('a time limit on calls is'),
      }),
    ),
    'Processors that a job may ask for; absent: all that the machine has. The device refuses a job that asks for more; what jobs really take is bounded by the system (CPUQuota, MemoryMax).',
  ),
  memory: field(
    z.optional(
      z.strictObject({
        perJob: room('Of one job.', '32MB'),
        agent: notBuilt('a limit on the agent itself is'),
      }),
    ),
    'Memory that a job may ask for; absent: all that the machine has.',
  ),
  disk: field(
    z.optional(
      z.strictObject({
        perJob: room('Of one job.', '50MB'),
        days: notBuilt('keeping what jobs leave is'),
      }),
    ),
    'Disk that a job may ask for; absent: what is free where `state` is, when the device starts.',
  ),
  bandwidth: field(
    z.optional(size({ least: 1 })),
    'Bytes a second that a job may ask for; absent: not limited, since nobody knows what the line gives.',
    { example: '20kB' },
  ),
})
