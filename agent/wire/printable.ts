/** Control characters (C0, DEL, C1), line separators, and the marks that turn the direction of text (UAX #9). */
const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be printed
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/**
 * Text as it may stand in one line of a terminal or log: what would break the line, move the cursor
 * or turn the reading direction is spelled as in JSON, `\n` or `\u001b`.
 */
export const printable = (text: string): string => text.replace(UNPRINTABLE, escaped)

/** The same with a space for each such character, so that columns stay where they are. */
export const blanked = (text: string): string => text.replace(UNPRINTABLE, ' ')

function escaped(character: string): string {
  const json = JSON.stringify(character).slice(1, -1)
  if (json !== character) return json
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
