import type { Terminal } from '../shell/terminal.ts'

/** A line at the foot of stderr that is drawn over itself. Nothing is drawn where no person looks. */
export interface LiveLine {
  show(text: string): void
  /** Prints a line that stays, above the live one. */
  keep(text: string): void
  /** Takes the live line away. */
  clear(): void
}

/** Erases the line that the cursor is in and goes to its start (ECMA-48 EL 2). */
const ERASE = '\r\u001b[2K'

export function liveLine(terminal: Terminal): LiveLine {
  let shown = ''
  const draw = (text: string) => {
    if (!terminal.live) return
    const cut = text.slice(0, Math.max(1, terminal.columns - 1))
    if (cut === shown) return
    terminal.err(`${ERASE}${cut}`)
    shown = cut
  }
  return {
    show: draw,
    keep(text) {
      if (shown !== '') terminal.err(ERASE)
      terminal.err(`${text}\n`)
      const again = shown
      shown = ''
      if (again !== '') draw(again)
    },
    clear() {
      if (shown !== '') terminal.err(ERASE)
      shown = ''
    },
  }
}

/** A bar of `width` characters for a share of 0 to 1. */
export function bar(share: number, width: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width)
  return `${'█'.repeat(full)}${'░'.repeat(width - full)}`
}
