import t from 'tap'
import { COMMANDS } from '../../../../controller/cli/commands.ts'
import { typed } from '../shell/recorder.ts'

t.test('what can be no job is refused before a controller is looked for', async (t) => {
  for (const command of ['get', 'watch', 'cancel', 'result'])
    for (const id of ['', '../x', 'Soil', 'a/result', '\u001b[2J'])
      t.strictSame(
        await typed(COMMANDS, ['job', command, id, '--socket', '/nowhere/a.sock']),
        {
          code: 2,
          out: '',
          err: `hypernet: job id must be 1-32 of a-z, 0-9 and -, found ${JSON.stringify(id)}\n`,
        },
        `${command} ${JSON.stringify(id)}`,
      )
})
