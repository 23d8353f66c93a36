/** Bytes with a unit, in powers of 1000 as SI has it: `812 B`, `1.23 kB`, `45.6 MB`. */
export function bytesText(bytes: number): string {
  return scaled(bytes, ['B', 'kB', 'MB', 'GB', 'TB'])
}

/** A span of milliseconds as its two largest units: `320 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`. */
export function spanText(milliseconds: number): string {
  const seconds = milliseconds / 1000
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  if (seconds < 59.5) return `${Math.round(seconds)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return pair(Math.floor(whole / 60), 'min', whole % 60, 's')
  const minutes = Math.floor(whole / 60)
  if (minutes < 1440) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min')
  const hours = Math.floor(minutes / 60)
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

/** How long ago something was: a span, or `-` where it never happened. A clock that ran back gives `now`. */
export function ageText(unixMilliseconds: number | undefined, now: number): string {
  if (unixMilliseconds === undefined) return '-'
  const age = now - unixMilliseconds
  return age < 1 ? 'now' : spanText(age)
}

/** A number with as many figures as it takes to tell it from its neighbors in a table; never `-0`. */
export function numberText(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return String(value)
  const small = value !== 0 && Math.abs(value) < 10 ** -decimals * 1000
  const large = Math.abs(value) >= 1e12
  return small || large ? value.toExponential(decimals) : (value + 0).toFixed(decimals)
}

function scaled(value: number, units: readonly string[]): string {
  let step = 0
  let rest = value
  while (rest >= 999.5 && step < units.length - 1) {
    rest /= 1000
    step++
  }
  const decimals = step === 0 || rest >= 99.95 ? 0 : rest >= 9.995 ? 1 : 2
  return `${rest.toFixed(decimals)} ${units[step]}`
}

const pair = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`
