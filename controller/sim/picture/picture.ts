import { type ErrorPanel, errorPanel } from './errorPanel.ts'
import { type GraphPanel, graphPanel } from './graphPanel.ts'
import { element, escaped, label } from './svg.ts'

/** Everything that a picture of a run shows. */
export interface Picture extends ErrorPanel, GraphPanel {
  readonly title: string
  /** What the run was, in a line. */
  readonly subtitle: string
}

const [WIDTH, HEIGHT] = [1000, 480]

/**
 * One SVG document that stands for itself: no scripts, no fonts, no other files. It follows the reader's
 * choice of light or dark; a viewer that has none shows it on white. The same run gives the same bytes.
 */
export function pictureOf(picture: Picture): string {
  const about = `${picture.title}. ${picture.subtitle}. Left: the relative error of every device against rounds, on a logarithmic axis. Right: who hears whom.`
  return `${element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      width: WIDTH,
      height: HEIGHT,
      role: 'img',
      'aria-label': about,
    },
    element('title', {}, escaped(picture.title)),
    element('style', {}, STYLE),
    element('rect', { class: 'paper', width: WIDTH, height: HEIGHT }),
    label(20, 28, picture.title, { class: 'title' }),
    label(20, 48, picture.subtitle, { class: 'quiet' }),
    errorPanel(picture, { left: 64, top: 84, right: 590, bottom: 430 }),
    graphPanel(picture, { left: 625, top: 84, right: 980, bottom: 439 }),
  )}\n`
}

/** Colours of one theme; the rest of the style is common to both. */
const colours = (
  ink: Record<'paper' | 'text' | 'quiet' | 'line' | 'main' | 'bad' | 'odd', string>,
) => `
.paper{fill:${ink.paper}}
text{fill:${ink.text}}
.quiet{fill:${ink.quiet}}
.grid{stroke:${ink.line}}
.axis,.link{stroke:${ink.quiet}}
.exact,.spread,.answered{fill:${ink.main}}
.device,.answered{stroke:${ink.main}}
.median{stroke:${ink.text}}
path.moment{stroke:${ink.quiet}}
.unanswered{fill:${ink.paper};stroke:${ink.quiet}}
.crashed{stroke:${ink.bad}}
.liar{fill:${ink.odd};stroke:${ink.odd}}`

const LIGHT = {
  paper: '#ffffff',
  text: '#1f2328',
  quiet: '#59636e',
  line: '#c3cad2',
  main: '#0969da',
  bad: '#cf222e',
  odd: '#bc4c00',
}
const DARK = {
  paper: '#0d1117',
  text: '#e6edf3',
  quiet: '#9198a1',
  line: '#3d444d',
  main: '#58a6ff',
  bad: '#ff7b72',
  odd: '#f0883e',
}

const STYLE = `
text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
.title{font-size:16px;font-weight:600}
.power{font-size:9px}
.mid{text-anchor:middle}
.end{text-anchor:end}
path{fill:none}
.exact{opacity:.12}
.spread{opacity:.14}
.device{stroke-width:.7;opacity:.4}
.median{stroke-width:2}
path.moment{stroke-dasharray:3 3}
.crashed{stroke-width:2}
${colours(LIGHT)}
@media (prefers-color-scheme:dark){${colours(DARK)}}
`
