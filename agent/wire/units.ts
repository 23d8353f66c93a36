import * as z from 'zod/mini'
import { type Millis, quote } from './ids.ts'
import { type Field, NOTES } from './notes.ts'

/** Milliseconds of each unit of time that a file may use. */
const TIMES = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
/** Bytes of each unit of size (IEC 80000-13 for the binary ones). */
const SIZES = {
  B: 1,
  kB: 1000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
} as const
const LONG_NAMES: Record<string, string> = {
  msec: 'ms',
  msecs: 'ms',
  millisecond: 'ms',
  milliseconds: 'ms',
  sec: 's',
  secs: 's',
  second: 's',
  seconds: 's',
  min: 'm',
  mins: 'm',
  minute: 'm',
  minutes: 'm',
  hr: 'h',
  hour: 'h',
  hours: 'h',
  day: 'd',
  days: 'd',
  S: 's',
  H: 'h',
  D: 'd',
  k: 'kB',
  K: 'KiB',
  M: 'MB',
  G: 'GB',
  KB: 'kB',
  kb: 'kB',
  mb: 'MB',
  gb: 'GB',
  kib: 'KiB',
  mib: 'MiB',
  b: 'B',
  bytes: 'B',
}

interface Bounds {
  readonly least?: number
  readonly most?: number
}

/**
 * A time with its unit: `500ms`, `10s`, `1h30m`. Gives whole milliseconds. A bare number is refused,
 * because nobody can tell its unit.
 */
export const duration = (bounds: Bounds = {}): Field<Millis> =>
  quantity('a time with its unit', TIMES, 's', bounds, formatDuration)

/** A size with its unit: `64KiB`, `50MB`. Gives bytes. */
export const size = (bounds: Bounds = {}): Field<number> =>
  quantity('a size with its unit', SIZES, 'KiB', bounds, formatSize)

/** Spells milliseconds with the largest units that need no fraction: `1h30m`, `500ms`. */
export function formatDuration(milliseconds: Millis): string {
  if (milliseconds === 0) return '0s'
  let rest = milliseconds
  let text = ''
  for (const [unit, length] of Object.entries(TIMES).reverse()) {
    const count = unit === 'ms' ? rest : Math.floor(rest / length)
    if (count > 0) text += `${count}${unit}`
    rest -= count * length
  }
  return text
}

/** Spells bytes with the largest unit that needs no fraction: `64KiB`, `50MB`. */
export function formatSize(bytes: number): string {
  const units = Object.entries(SIZES).sort(([, a], [, b]) => b - a)
  const fit = units.find(([, length]) => bytes >= length && bytes % length === 0)
  return fit ? `${bytes / fit[1]}${fit[0]}` : `${bytes}B`
}

function quantity(
  wanted: string,
  units: Readonly<Record<string, number>>,
  usual: string,
  { least = 0, most = Number.MAX_SAFE_INTEGER }: Bounds,
  format: (value: number) => string,
): Field<number> {
  const [base] = Object.keys(units)
  const names = Object.keys(units).join(', ')
  const text = z.string({
    error: ({ input }) =>
      typeof input === 'number'
        ? `found the bare number ${input}, wanted ${wanted}. Write ${input}${usual} (units: ${names}).`
        : undefined,
  })
  const range = () =>
    most === Number.MAX_SAFE_INTEGER
      ? `at least ${format(least)}`
      : `${format(least)} to ${format(most)}`
  const read = z.transform((found: string, context) => {
    const value = sumOf(found, units)
    const refuse = (message: string) => {
      context.issues.push({ code: 'custom', message, input: found })
      return z.NEVER
    }
    if (value === undefined) {
      const hint = corrected(found, units, usual)
      // Too fine or too large: its form is right already, and writing it again would not help.
      if (hint !== undefined && sumOf(hint, units) === undefined)
        return refuse(`found ${quote(found)}, wanted ${range()}, in whole ${base}.`)
      return refuse(
        `found ${quote(found)}, wanted ${wanted}.${hint ? ` Write ${hint}` : ''} (units: ${names}).`.replace(
          '. (',
          ' (',
        ),
      )
    }
    if (value >= least && value <= most) return value
    return refuse(`found ${quote(found)}, wanted ${range()}.`)
  })
  const schema = z.pipe(text, read)
  const pattern = `^([0-9]+(\\.[0-9]+)?(${Object.keys(units).join('|')}))+$`
  NOTES.add(schema, { range: range(), kind: usual === 's' ? 'time' : 'size', json: { pattern } })
  return schema
}

/** The sum of `1h30m`, in the base unit and whole; `undefined` where the text is not of this form. */
function sumOf(text: string, units: Readonly<Record<string, number>>): number | undefined {
  if (!/^(?:\d{1,15}(?:\.\d{1,9})?[A-Za-z]{1,3})+$/.test(text)) return undefined
  let sum = 0
  for (const [, count, unit] of text.matchAll(/([\d.]+)([A-Za-z]+)/g)) {
    const length = Object.hasOwn(units, unit ?? '') ? units[unit ?? ''] : undefined
    if (length === undefined) return undefined
    sum += Number(count) * length
  }
  const whole = Math.round(sum)
  return Math.abs(sum - whole) < 1e-6 ? whole : undefined
}

const longName = (name: string): string | undefined =>
  Object.hasOwn(LONG_NAMES, name) ? LONG_NAMES[name] : undefined

/** What a person probably meant by `10 min` or `5`. */
function corrected(
  text: string,
  units: Readonly<Record<string, number>>,
  usual: string,
): string | undefined {
  // Two runs of spaces side by side take the square of their length to refuse.
  const found = text.length < 40 && /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*$/.exec(text)
  if (!found) return undefined
  const [, count, name = ''] = found
  const unit = name === '' ? usual : Object.hasOwn(units, name) ? name : longName(name)
  return unit && Object.hasOwn(units, unit) ? `${count}${unit}` : undefined
}
