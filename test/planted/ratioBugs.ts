import type { Bug } from './bug.ts'

const LEDGER = 'agent/consensus/ratio/ledger.ts'
const HULL = 'agent/consensus/ratio/hull.ts'
const ACCOUNT = 'agent/consensus/ratio/account.ts'

const bug = (name: string, says: string, file: string, find: string, put: string): Bug => ({
  name,
  says,
  method: 'ratio',
  edits: [{ file, find, put }],
})

/** Bugs in `ratio`. */
export const ratioBugs: readonly Bug[] = [
  bug(
    'remainder-lost',
    'What a division leaves over is thrown away instead of kept, so that mass is lost bit by bit.',
    LEDGER,
    'addMultiple(held, share, -links, limbs)',
    'held.set(share)',
  ),
  bug(
    'mass-of-the-dead-kept',
    'A link to a device that is gone is closed without taking back what flowed over it.',
    LEDGER,
    '  reverse(ledger, neighbor)\n  ledger.outgoing.delete(neighbor)',
    '  ledger.outgoing.delete(neighbor)',
  ),
  bug(
    'reborn-link-not-reversed',
    'A neighbor that started over finds its links with the mass of its earlier life.',
    LEDGER,
    '  reverse(ledger, neighbor)\n  if (ledger.outgoing.has(neighbor)) ledger.outgoing.set',
    '  if (ledger.outgoing.has(neighbor)) ledger.outgoing.set',
  ),
  bug(
    'one-window-is-enough',
    'A sum is certified by one closed window: mass that was on its way lay outside of it.',
    HULL,
    'soleSum(hullOf(hull.closed, range, hull.count), hull.count)',
    'soleSum(range, hull.count)',
  ),
  bug(
    'window-without-neighbors',
    'A device contributes to a window before its neighbors have joined the one before.',
    HULL,
    '  for (const tag of heard.values()) if (tag < window - 1) return false\n',
    '',
  ),
  bug(
    'window-closed-without-all',
    'A window is closed as soon as this device has contributed.',
    HULL,
    'if (covers(hull.bits, hull.live)) finish(',
    'if (has(hull.bits.bytes, hull.self)) finish(',
  ),
  bug(
    'windows-survive-a-burial',
    'After a burial the windows go on with the ranges from before it.',
    ACCOUNT,
    '  for (const j of linked(account.graph))\n    if (has(account.gone, j) && !has(earlier, j)) close(books.ledger, j)\n  relabel(account)',
    '  for (const j of linked(account.graph))\n    if (has(account.gone, j) && !has(earlier, j)) close(books.ledger, j)',
  ),
]
