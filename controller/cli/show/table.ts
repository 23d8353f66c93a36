/** A column of a table: its heading, and to which side its cells are pushed (numbers: right). */
export interface Column {
  readonly head: string
  readonly align?: 'left' | 'right'
}

/** Rows under headings, columns two spaces apart and no wider than their widest cell; ends with a newline. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, i) =>
    Math.max(column.head.length, ...rows.map((row) => plain(row[i]).length)),
  )
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => {
        const text = plain(cell)
        const width = widths[i] ?? 0
        return columns[i]?.align === 'right' ? text.padStart(width) : text.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  return `${[line(columns.map(({ head }) => head)), ...rows.map(line)].join('\n')}\n`
}

/** A cell without what could move the cursor: device names and reasons come from the network. */
const plain = (cell: string | undefined): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  (cell ?? '').replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
