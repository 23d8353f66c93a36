import type { Path } from '../../agent/wire/mistake.ts'
import type { Problem } from '../../agent/wire/problems.ts'

/** Where bayesian sensors stand in a file of Home Assistant, and what of the rest of it matters. */

export interface Found {
  readonly path: Path
  readonly value: unknown
}

/** In configuration.yaml sensors stand under `binary_sensor`, alone or as a list; in a file that it includes, as a list. */
export function bayesianIn(document: unknown): Found[] {
  if (Array.isArray(document)) return listed([], document)
  if (typeof document !== 'object' || document === null) return []
  if (isBayesian(document)) return [{ path: [], value: document }]
  return Object.entries(document).flatMap(([key, value]) => {
    if (!BINARY_SENSOR.test(key)) return []
    return Array.isArray(value)
      ? listed([key], value)
      : isBayesian(value)
        ? [{ path: [key], value }]
        : []
  })
}

/** Home Assistant takes a label behind the word, so that it may stand there twice. */
const BINARY_SENSOR = /^binary_sensor( |$)/

const listed = (path: Path, list: readonly unknown[]): Found[] =>
  list.flatMap((value, i) => (isBayesian(value) ? [{ path: [...path, i], value }] : []))

const isBayesian = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  'platform' in value &&
  value.platform === 'bayesian'

/** What a file has that we do not take, such as a tag, and where. */
interface Mark {
  readonly path: Path
  /** The tag, if it is one: `!include`. */
  readonly tag?: string
}

/**
 * Tags, anchors, aliases and keys that stand twice are Home Assistant's business, unless they stand within a sensor or
 * around it. What is included in place of sensors is not followed.
 */
export function judgedMarks<M extends Mark>(
  document: unknown,
  marks: readonly M[],
): { readonly refused: readonly M[]; readonly included: readonly Problem[] } {
  const sensors = bayesianIn(document)
  const isInside = ({ path }: Mark) => sensors.some((sensor) => isWithin(path, sensor.path))
  const isAround = ({ path }: Mark) =>
    isOfSensors(path) || sensors.some((sensor) => isWithin(sensor.path, path))
  const isElsewhere = (mark: Mark) => isInclude(mark) && !isInside(mark)
  return {
    refused: marks.filter((mark) => isInside(mark) || (isAround(mark) && !isInclude(mark))),
    included: marks.filter(isElsewhere).map((mark) => includedText(document, mark)),
  }
}

const isOfSensors = (path: Path): boolean =>
  path.length === 1 && BINARY_SENSOR.test(String(path[0]))

/** `binary_sensor: !include sensors.yaml`, or a place of its list. */
const isInclude = ({ path, tag = '' }: Mark): boolean =>
  tag.startsWith('!include') && path.length <= 2 && isOfSensors(path.slice(0, 1))

/** Whether a path is another one, or below it. */
export const isWithin = (path: Path, other: Path): boolean =>
  other.every((step, i) => path[i] === step)

function includedText(document: unknown, { path, tag }: Mark): Problem {
  const file = path.reduce<unknown>(
    (value, step) => (value as Record<string | number, unknown>)[step],
    document,
  )
  const text = `found ${tag} ${file}, which is not followed. Give that file itself: hypernet job from-ha ${file}`
  return { path, part: 'value', text }
}
