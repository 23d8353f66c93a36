/**
 * The candidate that a person probably meant: equal but for case and separators, or at most a third
 * of its letters away (swapped neighbors count once). `undefined` where none is near.
 * Optimal string alignment distance, Boytsov, ACM JEA 16 (2011), section 2.1.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = folded(word.slice(0, 64))
  let best: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const candidate of candidates) {
    const away = distance(wanted, folded(candidate))
    const allowed = Math.max(1, Math.floor(Math.max(wanted.length, candidate.length) / 3))
    if (away < least && away <= allowed && 2 * away < candidate.length) {
      best = candidate
      least = away
    }
  }
  return best
}

const folded = (text: string): string => text.toLowerCase().replace(/[-_ ]/g, '')

function distance(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      // Each index lies inside the rows by the bounds of the loops.
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + same)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) cost = Math.min(cost, before[j - 2]! + 1)
      row.push(cost)
    }
    before = last
    last = row
  }
  return last[b.length]!
}
