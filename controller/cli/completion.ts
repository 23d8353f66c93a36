// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the script is for a shell
import { optionsOf } from './shell/arguments.ts'
import type { Command } from './shell/command.ts'
import { EXIT } from './shell/exit.ts'

/** `hypernet completion bash|zsh`, for the commands of a list that holds this one too. */
export const completionOf = (commands: () => readonly Command[]): Command => ({
  name: 'completion',
  summary: 'Print a tab completion script for bash or zsh',
  about: [
    'The script completes commands, options and the values that are known beforehand; elsewhere it completes file names.',
  ],
  operands: [{ name: 'SHELL', choices: ['bash', 'zsh'] }],
  options: {},
  examples: [
    'source <(hypernet completion bash)',
    'source <(hypernet completion zsh)    # after compinit',
  ],
  async run(given, terminal) {
    terminal.out(completionScript(given.operands[0] === 'zsh' ? 'zsh' : 'bash', commands()))
    return EXIT.done
  },
})

/** The script that completes these commands; zsh runs it through its own emulation of bash. */
export function completionScript(shell: 'bash' | 'zsh', commands: readonly Command[]): string {
  const groups = new Set(
    commands.flatMap(({ name }) => (name.includes(' ') ? [name.split(' ')[0]] : [])),
  )
  const cases = [...offers(commands)].map(
    ([after, words]) => `    '${after}') words='${[...words].join(' ')}' ;;`,
  )
  const head = shell === 'zsh' ? ['autoload -U +X bashcompinit && bashcompinit'] : []
  return `${[...head, ...script([...groups].join('|'), cases)].join('\n')}\n`
}

/** What may follow what: a command's words, operands and options, and an option's values. */
function offers(commands: readonly Command[]): Map<string, Set<string>> {
  const words = new Map<string, Set<string>>()
  const offer = (after: string, word: string) => {
    words.set(after, (words.get(after) ?? new Set()).add(word))
  }
  for (const command of commands) {
    const parts = command.name.split(' ')
    parts.forEach((part, depth) => {
      offer(parts.slice(0, depth).join(' '), part)
    })
    for (const word of command.operands[0]?.choices ?? []) offer(command.name, word)
    for (const [name, option] of Object.entries(optionsOf(command))) {
      offer(command.name, `--${name}`)
      for (const word of option.choices ?? []) offer(`${command.name} --${name}`, word)
    }
  }
  return words
}

// `command` is the command typed so far; the values of an option come before anything else.
const script = (groups: string, cases: readonly string[]): string[] => [
  '_hypernet_words() {',
  "  local words=''",
  '  case "$1" in',
  ...cases,
  '  esac',
  '  printf "%s" "$words"',
  '}',
  '_hypernet() {',
  '  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"',
  "  local command='' words=''",
  '  ((COMP_CWORD > 1)) && command="${COMP_WORDS[1]}"',
  '  case "$command" in',
  `    ${groups}) ((COMP_CWORD > 2)) && command="$command \${COMP_WORDS[2]}" ;;`,
  '  esac',
  '  [[ "$previous" == --* ]] && words="$(_hypernet_words "$command $previous")"',
  '  [[ -z "$words" ]] && words="$(_hypernet_words "$command")"',
  '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
  '  if [[ ${#COMPREPLY[@]} -eq 0 && "$current" != -* ]]; then',
  '    COMPREPLY=($(compgen -f -- "$current"))',
  '  fi',
  '}',
  'complete -o filenames -F _hypernet hypernet',
]
