import { COMMANDS, LATER } from './cli/commands.ts'
import { dispatch } from './cli/shell/dispatch.ts'
import { processTerminal } from './cli/shell/terminal.ts'

/** The `hypernet` command. Runs when started as a program, not when imported. */
if (import.meta.main) {
  const code = await dispatch(COMMANDS, process.argv.slice(2), processTerminal(), LATER)
  // What was printed may still be on its way into a pipe; the exit waits for it.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
}
