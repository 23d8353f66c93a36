import * as z from 'zod/mini'
import { labelsField } from './commonFields.ts'
import { periodMistake } from './contractTimes.ts'
import { type Conflict, crossChecked } from './crossChecks.ts'
import { decisionConflicts } from './eventModel.ts'
import { gateConflicts } from './gateConflicts.ts'
import { ID_PATTERN, type JobId, type Millis } from './ids.ts'
import { data, dataConflicts } from './jobData.ts'
import { forgettingOf, model, mostSumsOf } from './jobModels.ts'
import { window, windowConflicts } from './jobWindow.ts'
import { LIMITS } from './limits.ts'
import { CHECKPOINTS, MOST_TIME, SELLERS } from './marketMessages.ts'
import { choice, field, notBuilt, whole, word } from './notes.ts'
import { resourcesSchema } from './resources.ts'
import { standingFields } from './standing.ts'
import { stepConflicts } from './stepConflicts.ts'
import { tokens, tokensField } from './tokens.ts'
import { duration, formatDuration } from './units.ts'

/**
 * The job file that people write (kind FusionJob), described once: docs/jobs.md, the JSON schema for
 * editors and the types are made from this. Options of the design that are not built are refused by name.
 */

const SECOND = 1000
const DAY = 86_400_000

const selector = z.strictObject({
  matchLabels: labelsField('Labels that a device must have, all of them; none: every device.'),
  minNodes: field(
    z.prefault(whole({ least: 1, most: LIMITS.roster }), 1),
    'Fewer matching devices than this: the job waits; fewer contributors: its result fails.',
  ),
  maxNodes: notBuilt('an upper bound on devices is'),
})

const consensus = z.strictObject({
  method: field(
    z.prefault(choice(['auto', 'flood', 'tree', 'ratio', 'laplacian', 'commit'], ['admm']), 'auto'),
    'How devices agree on the sum.',
  ),
  neighbors: field(
    z.prefault(choice(['auto', 'declared']), 'auto'),
    'Who talks to whom: a random graph that the controller draws, or the links that each agent.yaml declares.',
  ),
  longLinks: field(
    z.prefault(whole({ least: 0, most: LIMITS.longLinks }), 0),
    'Links to random others that each device adds to its declared ones; one makes a ring or field of any size a few steps wide, two keep it in one piece where devices fail.',
  ),
  period: field(
    z.prefault(duration({ least: 10, most: 60 * SECOND }), '500ms'),
    'Least time between two messages of a device that has nothing new.',
  ),
  timeout: field(
    z.prefault(duration({ least: SECOND, most: DAY }), '10m'),
    'A window without agreement fails after this time.',
  ),
  tolerance: notBuilt('inexact methods, and so a tolerance, are'),
  maxRounds: notBuilt('inexact methods, and so a limit of rounds, are'),
})

/** Methods by which each device holds what the others signed (consensus/choose.ts, `isShared`). */
const UNDER_CONTRACT: ReadonlySet<string> = new Set(['auto', 'flood', 'commit'])

const marketFields = z.strictObject({
  price: tokensField('What each seller gets for the whole job.', '"1.0"'),
  collateral: field(
    z.optional(tokens()),
    'What each seller puts up, and loses where it is proven to cheat; absent: as much as the price.',
    { kind: 'amount', range: 'an amount of HYPER', example: '"1.0"' },
  ),
  sellers: field(
    whole({ least: 1, most: SELLERS }),
    'How many devices are hired; the cheapest of those that offer.',
  ),
  checkpoints: field(
    z.prefault(whole({ least: 1, most: CHECKPOINTS }), 1),
    'Parts of the job that are paid one by one; a repeating job gives its epochs evenly to them.',
  ),
  ...standingFields(),
  payEvery: field(
    z.optional(whole({ least: 1, most: CHECKPOINTS })),
    'Sellers are paid, and get their collateral back, after so many checkpoints; absent: at the end.',
  ),
  period: field(
    z.prefault(duration({ least: 10 * SECOND, most: 366 * DAY }), '10m'),
    'Time of one checkpoint on the chain, at least the window; of more than one, at least three windows.',
  ),
  window: field(
    z.prefault(duration({ least: 10 * SECOND, most: 30 * DAY }), '2m'),
    'Time to bind results before the end of a checkpoint, and to show them after it; at least ten blocks of the chain.',
  ),
  joinBy: field(
    z.prefault(duration({ least: 10 * SECOND, most: 90 * DAY }), '1h'),
    'Time that devices have to join.',
  ),
  relayFee: field(
    z.prefault(tokens(), '0'),
    'What relays get in all for sending the transactions of the job.',
    { kind: 'amount', range: 'an amount of HYPER' },
  ),
})
type Market = z.output<typeof marketFields>
const market = crossChecked(marketFields, [
  {
    reads: ['period', 'checkpoints'],
    conflicts: ({ period, checkpoints }) => {
      const longest = Math.floor(MOST_TIME / checkpoints) * SECOND
      const text = `found ${formatDuration(period)}, wanted at most ${formatDuration(longest)}: ${checkpoints} checkpoints take a year at most.`
      return period > longest ? [{ path: ['period'], text }] : []
    },
  },
  {
    reads: ['payEvery', 'checkpoints'],
    conflicts: ({ payEvery, checkpoints }) => {
      const text = `found ${payEvery}, wanted at most market.checkpoints, ${checkpoints}.`
      return payEvery !== undefined && payEvery > checkpoints ? [{ path: ['payEvery'], text }] : []
    },
  },
])

const specFields = z.strictObject({
  selector: field(z.prefault(selector, {}), 'Which devices take part.'),
  model: field(model, 'What is summed and what the sum means.'),
  window: field(z.prefault(window, {}), 'Which readings count, and how often.'),
  consensus: field(z.prefault(consensus, {}), 'How devices agree.'),
  privacy: field(
    z.prefault(choice(['none'], ['links', 'masked']), 'none'),
    'What devices hide from each other.',
  ),
  deadline: field(
    z.optional(duration({ least: SECOND, most: 366 * DAY })),
    'The job as a whole ends this long after its submission, done or not, a paid one that runs with its running checkpoint; absent: never.',
    { example: '15m' },
  ),
  epochs: field(
    z.optional(whole({ least: 1, most: 1_000_000_000 })),
    'How many windows a repeating job makes; absent: until it is cancelled.',
  ),
  output: notBuilt('choosing what is published is', 'Every figure is published; remove this key.'),
  market: field(
    z.optional(market),
    'Devices are paid for this job, by a contract; absent: it runs unpaid.',
  ),
  data: field(
    z.optional(data),
    'Rows that travel with the job, in place of readings; absent: each device sums its own readings.',
  ),
  resources: field(
    z.optional(resourcesSchema),
    'What the job needs of each device; one that does not give it takes no part. Absent: nothing.',
  ),
})
type Spec = z.output<typeof specFields>

const at = (path: string[], text: string): Conflict[] => [{ path, text }]

const spec = crossChecked(specFields, [
  { reads: ['consensus.longLinks', 'consensus.neighbors'], conflicts: linkConflicts },
  { reads: ['window.every', 'epochs'], conflicts: epochConflicts },
  {
    reads: ['data.replicas', 'window.size', 'window.follow', 'consensus.method'],
    conflicts: dataConflicts,
  },
  { reads: ['market.sellers', 'data.shards', 'data.replicas'], conflicts: sellerConflicts },
  { reads: ['window.every', 'epochs'], conflicts: endConflicts },
  { reads: ['market.checkpoints', 'epochs'], conflicts: checkpointConflicts },
  { reads: ['consensus.method'], conflicts: methodConflicts },
  {
    reads: [
      ...['market.checkpoints', 'market.period', 'market.window', 'epochs'],
      ...['window', 'consensus.timeout', 'model'],
    ],
    conflicts: periodConflicts,
  },
  {
    reads: [
      ...['market.checkpoints', 'market.period', 'market.window', 'market.joinBy'],
      'deadline',
    ],
    conflicts: deadlineConflicts,
  },
  { reads: ['model.type', 'model.forgetting', 'window.every'], conflicts: forgettingConflicts },
  { reads: ['model.type', 'model.decide', 'window.every'], conflicts: repeatConflicts },
  { reads: ['window', 'consensus.period'], conflicts: windowConflicts },
  {
    reads: ['model', 'consensus.method', 'window.follow', 'data.replicas'],
    conflicts: stepConflicts,
  },
  {
    reads: ['model', 'consensus.method', 'window.follow', 'data.replicas'],
    conflicts: gateConflicts,
  },
])

function epochConflicts({ window, epochs }: Spec): Conflict[] {
  if (epochs === undefined || window.every !== undefined) return []
  return at(
    ['epochs'],
    `found ${epochs}, but the job does not repeat. Add window.every, or remove this.`,
  )
}

function linkConflicts({ consensus: { longLinks, neighbors } }: Spec): Conflict[] {
  if (longLinks === 0 || neighbors === 'declared') return []
  return at(
    ['consensus', 'longLinks'],
    `found ${longLinks}, but the graph is random already. Add neighbors: declared, or remove this.`,
  )
}

function sellerConflicts({ market, data }: Spec): Conflict[] {
  if (!market || !data || market.sellers === data.shards * data.replicas) return []
  return at(
    ['market', 'sellers'],
    `found ${market.sellers}, wanted data.shards times data.replicas, ${data.shards * data.replicas}.`,
  )
}

function endConflicts({ market, epochs, window }: Spec): Conflict[] {
  if (!market || window.every === undefined || epochs !== undefined) return []
  return at(['epochs'], 'missing, wanted how many windows the job makes: a paid job has an end.')
}

function checkpointConflicts({ market, epochs }: Spec): Conflict[] {
  if (!market || (epochs ?? 1) % market.checkpoints === 0) return []
  return at(
    ['market', 'checkpoints'],
    `found ${market.checkpoints}, wanted a divisor of ${epochs === undefined ? 'the one result' : `spec.epochs, ${epochs}`}.`,
  )
}

function methodConflicts({ market, consensus: { method } }: Spec): Conflict[] {
  if (!market || UNDER_CONTRACT.has(method)) return []
  return at(
    ['consensus', 'method'],
    `found ${method}, wanted auto, flood or commit beside spec.market: by others one seller could have the rest sign a false sum.`,
  )
}

function periodConflicts({ market, epochs, window, consensus, model }: Spec): Conflict[] {
  if (!market) return []
  const times = { epochs, window, timeout: consensus.timeout * mostSumsOf(model) }
  const wanted = periodMistake(times, contractTimes(market))
  if (wanted === undefined) return []
  return at(['market', 'period'], `found ${formatDuration(market.period)}, wanted ${wanted}.`)
}

function deadlineConflicts({ market, deadline }: Spec): Conflict[] {
  if (!market || deadline === undefined) return []
  const { checkpoints, period, window: showing, joinBy } = market
  // As long as the contract may last: a window goes for the draw of the groups.
  const least = joinBy + checkpoints * period + 2 * showing
  if (deadline >= least) return []
  return at(
    ['deadline'],
    `found ${formatDuration(deadline)}, wanted at least ${formatDuration(least)}, market.joinBy, market.checkpoints times market.period and two market.windows: it counts from the submission, and the contract may last so long.`,
  )
}

function forgettingConflicts({ model, window: { every } }: Spec): Conflict[] {
  const kept = forgettingOf(model)
  if (kept === undefined || every !== undefined) return []
  return at(
    ['model', 'forgetting'],
    `found ${kept}, but the job does not repeat. Add window.every, or remove this.`,
  )
}

/** What else only a job that repeats can have. */
function repeatConflicts({ model, window: { every } }: Spec): Conflict[] {
  if (model.type === 'kalman' && every === undefined)
    return at(
      ['model', 'type'],
      'found "kalman", but the job does not repeat: the states move on with each window. Add window.every.',
    )
  if (model.type !== 'event') return []
  return decisionConflicts(model, every).map(({ path, text }) => ({
    path: ['model', ...path],
    text,
  }))
}

/** As contracts have them: in whole seconds, rounded up. */
function contractTimes({ checkpoints, period, window }: Market) {
  const rounded = (time: Millis) => Math.ceil(time / SECOND) * SECOND
  return { checkpoints, period: rounded(period), window: rounded(window) }
}

/** One document of a job file. */
export const FusionJob = z.strictObject({
  apiVersion: field(z.literal('hypernet.dev/v1'), 'Version of this format.'),
  kind: field(z.literal('FusionJob'), 'What this document is.'),
  metadata: field(
    z.strictObject({
      name: field(
        word<JobId>(ID_PATTERN, '1-32 of a-z, 0-9 and -'),
        'Id of the job, unique in its fleet.',
        { example: 'soil-zinc' },
      ),
      labels: labelsField('Labels of the job itself, for people.'),
    }),
    'Name and labels.',
  ),
  spec: field(spec, 'What is wanted.'),
})
/** A job as it was written, with its defaults; times in milliseconds. */
export type FusionJob = z.output<typeof FusionJob>
