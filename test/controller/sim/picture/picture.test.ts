import t from 'tap'
import type { Graph } from '../../../../controller/sim/graph.ts'
import { errorPanel } from '../../../../controller/sim/picture/errorPanel.ts'
import { graphPanel } from '../../../../controller/sim/picture/graphPanel.ts'
import { pictureOf } from '../../../../controller/sim/picture/picture.ts'

const frame = { left: 100, top: 50, right: 500, bottom: 422 }
/** The panel's logarithmic part ends 22 above its bottom. */
const floor = 400
const history = (errors: number[][]) => ({
  rounds: errors.map((_, k) => k),
  errors: errors.map((each) => Float32Array.from(each)),
  exactSince: new Float64Array(errors[0]?.length ?? 0),
})
const paths = (svg: string, kind: string): string[] =>
  [...svg.matchAll(new RegExp(`<path class="${kind}" d="([^"]*)"`, 'g'))].map(([, d = '']) => d)
const numbersIn = (text: string): number[] => (text.match(/-?[\d.]+/g) ?? []).map(Number)

const tenth = (x: number): number => Math.round(x * 10) / 10

/** Names of elements that are not closed, or closed wrongly. */
function unclosed(svg: string): string[] {
  const open: string[] = []
  for (const [, end, name = '', rest = ''] of svg.matchAll(/<(\/?)([a-z]+)((?:[^>"]|"[^"<]*")*)>/g))
    if (end) {
      if (open.pop() !== name) return [name]
    } else if (!rest.endsWith('/')) open.push(name)
  return open
}

t.test(
  'each device is a line, a decade a fixed height, and exact a place of its own',
  async (t) => {
    const errors = [
      [1, 0.1, 0.01],
      [0.1, 0.01, 0],
      [0.001, 0, Number.NaN],
    ]
    const svg = errorPanel({ history: history(errors), ended: [], rounds: 2 }, frame)
    const exact = floor + 11
    const decade = (floor - 50) / 3
    t.strictSame(paths(svg, 'device').map(numbersIn), [
      [100, 50, 300, tenth(50 + decade), 500, 400],
      [100, tenth(50 + decade), 300, tenth(50 + 2 * decade), 500, exact],
      [100, tenth(50 + 2 * decade), 300, exact],
    ])
    t.match(svg, '>exact</text>')
    const power = (exponent: number) => `<tspan class="power" dy="-5">${exponent}</tspan>`
    for (const exponent of [0, -1, -2, -3]) t.match(svg, power(exponent))
    const middle = [
      [0.1, 0.01, 1],
      [0.001, 0, 0],
    ]
    const median = errorPanel({ history: history(middle), ended: [], rounds: 1 }, frame)
    t.strictSame(paths(median, 'median').map(numbersIn), [[100, tenth(50 + decade), 500, exact]])
  },
)
t.test('a line that stays on one height needs two points only', async (t) => {
  const errors = Array.from({ length: 300 }, (_, k) => [k < 100 ? 0.5 : 0])
  const svg = errorPanel({ history: history(errors), ended: [], rounds: 299 }, frame)
  t.equal(numbersIn(paths(svg, 'device')[0] ?? '').length, 8)
})

t.test('marks when the first and the last were exact, and stopped', async (t) => {
  const ended = [
    { exactAt: 2, stoppedAt: 7 },
    { exactAt: 4, stoppedAt: 7 },
    { exactAt: Number.NaN, stoppedAt: 7 },
  ]
  const svg = errorPanel({ history: history([[1], [0]]), ended, rounds: 8 }, frame)
  const texts = [...svg.matchAll(/class="moment[^"]*">([^<]+)</g)].map(([, text]) => text)
  t.strictSame(texts, ['first exact: 2', 'last exact: 4', 'all stopped: 7'])
  const places = paths(svg, 'moment').map((d) => numbersIn(d)[0])
  t.strictSame(places, [200, 300, 450])
})

t.test('2,000 devices and every kept round are drawn in less than 3 MB', async (t) => {
  let state = 1
  const noise = () => {
    state = (state * 16807) % 2147483647
    return state / 2147483647
  }
  const errors = Array.from({ length: 400 }, () => Array.from({ length: 2000 }, noise))
  const svg = errorPanel({ history: history(errors), ended: [], rounds: 1000 }, frame)
  t.ok(svg.length < 3_000_000, `${svg.length}`)
  t.ok(paths(svg, 'device').length <= 256)
})

const square: Graph = {
  size: 4,
  links: [
    { from: 0, to: 1, delivery: 1 },
    { from: 1, to: 0, delivery: 0.2 },
    { from: 1, to: 2, delivery: 1 },
    { from: 2, to: 3, delivery: 0 },
  ],
  positions: [
    { x: 0, y: 0 },
    { x: 1, y: 0 },
    { x: 1, y: 1 },
    { x: 0, y: 1 },
  ],
}

t.test('links start at their sender; those that deliver less are fainter', async (t) => {
  const endings = ['answered', 'crashed', 'unanswered', 'liar'] as const
  const names = ['a', 'b', 'c', 'd<']
  const svg = graphPanel({ graph: square, layout: 'circle', endings, names }, frame)
  const shades = [...svg.matchAll(/<path class="link" opacity="([\d.]+)" d="([^"]*)"/g)]
  t.equal(shades.length, 2, 'what never delivers is no link')
  const [poor, good] = shades
  t.ok(Number(poor?.[1]) < Number(good?.[1]))
  const inset = 6 + 4
  const [left, middle, right] = [100 + inset, 300, 500 - inset]
  t.strictSame(numbersIn(poor?.[2] ?? ''), [right, 60, middle, 60], 'the way back, to the middle')
  const whole = numbersIn(good?.[2] ?? '')
  t.strictSame(whole.slice(0, 4), [left, 60, middle, 60], 'the way there')
  t.strictSame(whole.slice(4, 8), [right, 60, right, 405], 'one way: to the edge of its end')
  t.equal(whole.length, 14, 'and a head')
  t.match(svg, '<path class="crashed"')
  t.match(svg, /<circle class="liar"[^>]*><title>d&#60;<\/title>/)
  for (const text of ['1 ended with an answer', '1 without an answer', '1 crashed', '1 lied'])
    t.match(svg, `>${text}</text>`)
})

t.test('the document stands for itself and is well formed, whatever the names are', async (t) => {
  const svg = pictureOf({
    title: 'a <b> & "c"',
    subtitle: 'x > y',
    history: history([[1], [0]]),
    ended: [],
    rounds: 1,
    graph: { size: 1, links: [] },
    layout: 'springs',
    endings: ['answered'],
    names: ['<'],
  })
  t.strictSame(unclosed(svg), [])
  t.strictSame(unclosed('<svg><g></svg>'), ['svg'], 'the check can fail')
  t.match(svg, 'a &#60;b&#62; &#38; &#34;c&#34;</title>')
  t.notMatch(svg, /<script|href|url\(|@import|NaN|undefined/)
  t.match(svg, '@media (prefers-color-scheme:dark)')
})
