/**
 * What people use today, and what one machine in plain doubles makes of the fleet's own rule. Each gives an alarm or none
 * for each window of one place, which has several motes.
 */

/** What a mote measures in a window. */
export interface Air {
  /** Relative, in %. */
  readonly humidity: number
  /** In °C. */
  readonly temperature: number
}
/** A place: each mote's readings before the record, and in each of its windows. */
export interface Place {
  readonly before: readonly (readonly Air[])[]
  readonly windows: readonly (readonly Air[])[]
}

/** An alarm on each device whose humidity is above the largest that it had before: no lower limit is without false alarms. */
export function byThreshold({ before, windows }: Place): boolean[] {
  const limits = before.map(mostHumid)
  return anyMote(windows, (mote, { humidity }) => humidity > (limits[mote] ?? Number.NaN))
}

/** As examples of Home Assistant have them: two numeric_state, each above the largest value before. */
export const BAYESIAN = {
  prior: 0.01,
  probGivenTrue: 0.9,
  probGivenFalse: 0.01,
  probabilityThreshold: 0.5,
} as const

/** A bayesian binary sensor on each device, by the formula of Home Assistant. */
export function byBayesianSensor({ before, windows }: Place): boolean[] {
  const humid = before.map(mostHumid)
  const warm = before.map((air) => Math.max(...air.map(({ temperature }) => temperature)))
  return anyMote(windows, (mote, air) => {
    const observed = [
      air.humidity > (humid[mote] ?? Number.NaN),
      air.temperature > (warm[mote] ?? Number.NaN),
    ]
    const { prior, probGivenTrue: p, probGivenFalse: q, probabilityThreshold } = BAYESIAN
    const probability = observed.reduce<number>((before, is) => {
      const [on, off] = is ? [p, q] : [1 - p, 1 - q]
      return (on * before) / (on * before + off * (1 - before))
    }, prior)
    return probability >= probabilityThreshold
  })
}

/** The figures of the fleet's job (devices/demo/steam/jobs.yaml). */
export interface SteamRule {
  readonly prior: number
  readonly probGivenTrue: number
  readonly probGivenFalse: number
  /** Vapour pressure above which the evidence holds, in hPa. */
  readonly limit: number
  readonly forgetting: number
  readonly posterior: number
  readonly clear: number
}

/** What the job decides, worked out on one machine. @param motes those that take part; absent: all */
export function byVapour(
  rule: SteamRule,
  { windows }: Place,
  motes: readonly number[] = windows.map((_, mote) => mote),
): boolean[] {
  const { prior, probGivenTrue: p, probGivenFalse: q } = rule
  let evidence = 0
  let isOn = false
  return (windows[0] ?? []).map((_, k) => {
    const brought = motes.map((mote) => {
      const air = windows[mote]?.[k]
      return air && vapourPressure(air) > rule.limit ? Math.log(p / q) : Math.log((1 - p) / (1 - q))
    })
    evidence = rule.forgetting * evidence + brought.reduce((sum, each) => sum + each, 0)
    const probability = 1 / (1 + ((1 - prior) / prior) * Math.exp(-evidence))
    isOn = isOn ? probability >= rule.clear : probability >= rule.posterior
    return isOn
  })
}

/** An alarm of any mote, each by the fleet's rule for itself. */
export function byLoneMotes(rule: SteamRule, place: Place): boolean[] {
  const each = place.windows.map((_, mote) => byVapour(rule, place, [mote]))
  return (place.windows[0] ?? []).map((_, k) => each.some((alarms) => alarms[k]))
}

/** In hPa, over water (WMO-No. 8, annex 4.B). */
export const vapourPressure = ({ humidity, temperature }: Air): number =>
  0.06112 * humidity * Math.exp((17.62 * temperature) / (243.12 + temperature))

const mostHumid = (air: readonly Air[]): number => Math.max(...air.map(({ humidity }) => humidity))

const anyMote = (
  windows: Place['windows'],
  alarms: (mote: number, air: Air) => boolean,
): boolean[] =>
  (windows[0] ?? []).map((_, k) =>
    windows.some((mote, m) => {
      const air = mote[k]
      return air !== undefined && alarms(m, air)
    }),
  )
