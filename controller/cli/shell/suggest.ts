import { nearest } from '../../../agent/wire/nearest.ts'

/** The known word that was probably meant, as a sentence with a space before it; empty when none is near. */
export function didYouMean(found: string, known: readonly string[]): string {
  // An option that was written by half, such as --key for --key-file.
  const longer = known.filter((each) => each.startsWith(`${found}-`))
  const word = longer.length === 1 ? longer[0] : nearest(found, known)
  return word === undefined ? '' : ` Did you mean "${word}"?`
}
