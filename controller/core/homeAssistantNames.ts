import { SENSOR_ID } from '../../agent/wire/ids.ts'

/** Names of Home Assistant as ids of ours. */

const MOST_ID = 32

/** Letters of Latin alphabets that are no letter with a mark (Unicode has no decomposition of them). */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  þ: 'th',
  ı: 'i',
}

/** `sensor.bathroom_humidity` is the sensor `bathroom_humidity` of a device; `undefined` of what is no single entity. */
export function sensorOf(entity: string): string | undefined {
  const [, name = ''] = /^[a-z0-9_]+\.([a-z0-9_]+)$/.exec(entity) ?? []
  if (name === '') return undefined
  const id = prefixed(name).slice(0, MOST_ID)
  return SENSOR_ID.test(id) ? id : `${id.slice(0, MOST_ID - 1)}_`
}

/** Whether that is only the beginning of its name. */
export const isSensorCut = (entity: string): boolean =>
  prefixed(entity.slice(entity.indexOf('.') + 1)).length > MOST_ID

const prefixed = (name: string): string => (/^\d/.test(name) ? `_${name}` : name)

/** The id of a sensor, or the first one of it with a number that is not taken yet. */
export function freeId(sensor: string, taken: ReadonlySet<string>): string {
  for (let count = 1; ; count++) {
    const end = count === 1 ? '' : `_${count}`
    const id = `${sensor.slice(0, MOST_ID - end.length)}${end}`
    if (!taken.has(id)) return id
  }
}

/** `In bed?` is the job `in-bed`, `Küche` the job `kuche`; empty where nothing is left. */
export const jobNameOf = (name: string): string =>
  plainName(name).slice(0, MOST_ID).replace(/-+$/, '')

/** Whether that is only the beginning of its name. */
export const isJobNameCut = (name: string): boolean =>
  plainName(name).replace(/-+$/, '').length > MOST_ID

const plainName = (name: string): string =>
  name
    .normalize('NFD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .replace(/[^\0-\x7f]/gu, (letter) => LETTERS[letter] ?? letter)
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
