import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * `npm run pictures`: draws for each method how it does on one bad network (docs/pictures), as consensus.md
 * shows them. Not part of `npm run generate`: every change of the protocol moves the lines a little.
 */
const METHODS = ['flood', 'tree', 'ratio', 'laplacian']
const RUN =
  'simulate devices/demo/soil/job.yaml --rows devices/demo/soil/meuse.csv --devices 64 --loss 0.3 --delay 0..3 --seed 7'

const cwd = fileURLToPath(new URL('..', import.meta.url))
mkdirSync(`${cwd}docs/pictures`, { recursive: true })
for (const method of METHODS) {
  const words = [...RUN.split(' '), '--method', method, '--plot', `docs/pictures/${method}.svg`]
  execFileSync(process.execPath, ['controller/main.ts', ...words], { cwd, stdio: 'inherit' })
}
