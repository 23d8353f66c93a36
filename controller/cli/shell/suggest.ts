/**
 * The word of `known` that `found` was most likely meant to be, or `undefined` when none is near:
 * at most a third of its letters wrong (optimal string alignment distance: insert, delete,
 * replace, swap neighbors; Damerau 1964).
 */
export function suggestion(found: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((word) => ({ word, wrong: lettersWrong(found.toLowerCase(), word.toLowerCase()) }))
    .filter(({ word, wrong }) => wrong <= Math.max(1, Math.floor(word.length / 3)))
    .sort((a, b) => a.wrong - b.wrong || (a.word < b.word ? -1 : 1))
  return ranked[0]?.word
}

/** The suggestion as a sentence to put behind an error, with a space before it; empty when none is near. */
export function didYouMean(found: string, known: readonly string[]): string {
  const word = suggestion(found, known)
  return word === undefined ? '' : ` Did you mean "${word}"?`
}

function lettersWrong(a: string, b: string): number {
  let older: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + same) // in range by the loops
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) best = Math.min(best, older[j - 2]! + 1)
      row.push(best)
    }
    older = above
    above = row
  }
  return above[b.length]!
}
