import { nearest } from '../../../agent/wire/nearest.ts'

/** The known word that was probably meant, as a sentence with a space before it; empty when none is near. */
export function didYouMean(found: string, known: readonly string[]): string {
  const word = nearest(found, known)
  return word === undefined ? '' : ` Did you mean "${word}"?`
}
