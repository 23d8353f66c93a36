/**
 * Parses YAML in a process of its own, so that no text can take its parent down (yaml 2.9.1 aborts
 * the process on deep nesting, and a worker thread does not contain that). Takes a JSON list of
 * texts on stdin; writes "ready", then one JSON line a text: a `Parsed` of tree.ts. It is plain
 * JavaScript and imports `yaml` alone because its start-up is waited for: 50 ms, against 75 with types.
 */
import { isAlias, isCollection, isMap, isScalar, LineCounter, parseAllDocuments } from 'yaml'

let input = ''
process.stdin.setEncoding('utf8')
process.stdout.write('ready\n')
for await (const part of process.stdin) input += part
const { texts, maxNodes } = JSON.parse(input)
for (const text of texts) process.stdout.write(`${JSON.stringify(parse(text))}\n`)

/** Tags that the library does not know are told with their paths, below. */
function isOfNoTag({ code }) {
  return code !== 'TAG_RESOLVE_FAILED' && code !== 'BAD_COLLECTION_TYPE'
}

function parse(text) {
  const lines = new LineCounter()
  const problems = []
  const place = (offset) => {
    const { line, col } = lines.linePos(offset)
    return [line, col]
  }
  const complain = (code, offset, detail = '', path = []) =>
    problems.push({ code, at: place(offset), detail, path })
  /** A node begins behind its anchor or tag; this finds the mark itself. */
  const mark = (sign, start) => {
    const found = text.lastIndexOf(sign, start)
    return text[found - 1] === sign ? found - 1 : found
  }
  try {
    const options = {
      lineCounter: lines,
      prettyErrors: false,
      schema: 'core',
      strict: true,
      // The library's own check is quadratic: 8,000 keys took it 3.5 s.
      uniqueKeys: false,
      logLevel: 'silent',
    }
    const parsed = parseAllDocuments(text, options)
    const documents = Array.isArray(parsed) ? parsed : []
    for (const { errors, warnings } of documents)
      for (const { code, pos, message } of [...errors, ...warnings.filter(isOfNoTag)])
        complain(code, pos[0], message)
    // Thousands of errors follow from one bracket; the first ones say it.
    if (problems.length > 0) return { documents: [], problems: problems.slice(0, 20) }
    let nodes = 0
    const copy = (node, offset, path) => {
      nodes += 1
      if (nodes > maxNodes) throw new RangeError('nodes')
      if (node === null) return { at: place(offset), scalar: null }
      const start = node.range[0]
      const at = place(start)
      if (isAlias(node)) complain('ALIAS', start, node.source, path)
      if (node.anchor) complain('ANCHOR', mark(`&${node.anchor}`, start), node.anchor, path)
      if (node.tag) complain('TAG', mark('!', start), node.tag, path)
      if (isMap(node)) return { at, map: pairs(node, path) }
      if (isCollection(node))
        return { at, list: node.items.map((item, i) => copy(item, start, [...path, i])) }
      if (!isScalar(node)) return { at, scalar: null }
      if (typeof node.value === 'number' && !Number.isFinite(node.value))
        complain('NOT_FINITE', start, node.source, path)
      // 0xAB is an address, not a number; 007 is an id: what was written is kept beside the value.
      if (typeof node.value === 'number' && /^[-+]?0[xo]/.test(node.source))
        return { at, scalar: node.source, style: node.type }
      const broken = text.slice(start, node.range[1]).includes('\n')
      const source = typeof node.value === 'number' && String(node.value) !== node.source
      return {
        at,
        scalar: node.value,
        style: broken ? 'BROKEN' : node.type,
        ...(source ? { source: node.source } : {}),
      }
    }
    const pairs = (map, path) => {
      const seen = new Map()
      return map.items.map(({ key, value }) => {
        const start = key?.range?.[0] ?? map.range[0]
        const name =
          isScalar(key) && key.value !== null ? String(key.source ?? key.value) : undefined
        const inner = [...path, String(name)]
        if (name === undefined)
          complain(isAlias(key) ? 'ALIAS' : 'KEY', start, key?.source ?? '', path)
        if (key?.anchor) complain('ANCHOR', mark(`&${key.anchor}`, start), key.anchor, path)
        if (key?.tag) complain('TAG', mark('!', start), key.tag, path)
        if (seen.has(name)) {
          complain('DUPLICATE_KEY', start, JSON.stringify([name, seen.get(name)]), inner)
        } else if (name !== undefined) seen.set(name, place(start)[0])
        return [String(name), place(start), copy(value ?? null, key?.range?.[2] ?? start, inner)]
      })
    }
    const trees = documents.map((document) => copy(document.contents, document.range[0], []))
    return { documents: trees, problems }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    const code = error.message === 'nodes' ? 'NODES' : 'DEEP'
    return { documents: [], problems: [{ code, at: [1, 1], detail: '', path: [] }] }
  }
}
